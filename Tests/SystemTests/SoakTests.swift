// Random histories against a model, for some seconds, always the same ones; `Scripts/soak` plays others for hours.
import TestProcesses
import Testing

@Suite(.ownThreads) struct SoakTests {
  @Test func theDatabaseHoldsWhatTheModelSaysAfterEveryStep() throws {
    let ended = try run(Scratch.programs + "/Soak", ["--seed", "1", "--steps", "40"])
    #expect(ended.status == 0, "\(ended.output)")
    #expect(ended.output.contains("1 histories, 40 steps"), "\(ended.output)")
  }
}
