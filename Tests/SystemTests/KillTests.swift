// The tool killed at random moments: `Scripts/kill-test`, in its short form.
import TestProcesses
import Testing

@Suite(.ownThreads) struct KillTests {
  @Test func aKillAtAnyMomentLeavesTheOldDatabaseOrTheNewOneWhole() throws {
    let ended = try Scratch().shell("TIDEMARK=$(command -v tidemark) '\(Scratch.root)/Scripts/kill-test' 26")
    #expect(ended.status == 0, "\(ended.output)\(ended.errors)")
  }
}
