// A part of the sweep over every operation and every fault, and that the sweep finds what is wrong.
import Foundation
import TestProcesses
import Testing

@Suite(.ownThreads) struct FaultSweepTests {
  private func sweep(_ arguments: String...) throws -> Ended {
    try run(Scratch.programs + "/FaultSweep", arguments)
  }

  @Test func whateverFailsTheDatabaseIsTheOldOrTheNewAndTheNextStartMendsTheRest() throws {
    // The same part in every run; another seed takes another one.
    let seed = ProcessInfo.processInfo.environment["TIDEMARK_SWEEP_SEED"] ?? "1"
    let ended = try sweep("--fast", "--seed", seed)
    #expect(ended.status == 0, "\(ended.output)")
    let last = try #require(ended.output.split(separator: "\n").last?.split(separator: " "))
    #expect(last.first == "all:" && (Int(last[1]) ?? 0) > 2000 && (Int(last[3]) ?? 0) > 150, "\(ended.output)")
    let runs = try #require(ended.output.split(separator: "\n").first { $0.hasPrefix("runs: ") }?.split(separator: " "))
    for kind in [
      "errorOnce", "errorAlways", "fullOnce", "fullAlways", "interrupted", "shortWrite", "tornPage", "crash",
    ] {
      let place = try #require(runs.firstIndex { $0 == kind })
      #expect((Int(runs[place + 1]) ?? 0) > 2, "\(kind): \(runs)")
    }
  }

  @Test(arguments: ["unsynced", "torn"])
  func aCarelessProgramIsFoundOut(name: String) throws {
    let ended = try sweep("--scenario", "careless-\(name)")
    #expect(ended.status == 1)
    #expect(ended.output.contains("FAILED careless-\(name)/"))
    // And each failure can be had again by its name.
    let line = try #require(ended.output.split(separator: "\n").first { $0.hasPrefix("FAILED careless-\(name)/") })
    let again = try sweep("--case", String(line.split(separator: " ")[1]))
    #expect(again.status == 1 && again.output.contains(" 1 runs, "), "\(again.output)")
  }
}
