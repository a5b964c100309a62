// A part of the sweep over every operation and every fault, and that the sweep finds what is wrong.
import Foundation
import TestProcesses
import Testing

@Suite struct FaultSweepTests {
  private func sweep(_ arguments: String...) throws -> Ended {
    try run(Scratch.programs + "/FaultSweep", arguments)
  }

  @Test func whateverFailsTheDatabaseIsTheOldOrTheNewAndTheNextStartMendsTheRest() throws {
    // Another part each day; the seed is in what it prints.
    let day = Int(Date().timeIntervalSince1970 / 86400)
    let ended = try sweep("--most", "8", "--seed", "\(day)")
    #expect(ended.status == 0, "\(ended.output)")
    let last = try #require(ended.output.split(separator: "\n").last?.split(separator: " "))
    #expect(last.first == "all:" && (Int(last[1]) ?? 0) > 2000 && (Int(last[3]) ?? 0) > 250, "\(ended.output)")
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
