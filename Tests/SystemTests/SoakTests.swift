// Random histories against a model, for some seconds, always the same ones; `Scripts/soak` plays others for hours.
import TestProcesses
import Testing

@Suite(.ownThreads) struct SoakTests {
  @Test func theDatabaseHoldsWhatTheModelSaysAfterEveryStep() throws {
    let ended = try run(Scratch.programs + "/Soak", ["--seed", "1", "--steps", "40"])
    #expect(ended.status == 0, "\(ended.output)")
    #expect(ended.output.contains("1 histories, 40 steps"), "\(ended.output)")
  }

  /// The steps that a run tells of, without the names of snapshots, which hold the time.
  private func steps(_ output: String) -> [String] {
    output.split(separator: "\n").filter { $0.first?.isNumber == true }.map { line in
      line.split(separator: " ").filter { !$0.contains(".sqlite.") }.joined(separator: " ")
    }
  }

  @Test func aWrongRowIsFoundNamedAndFoundAgain() throws {
    let first = try run(Scratch.programs + "/Soak", ["--seed", "3", "--steps", "40", "--wrong", "35"])
    #expect(first.status == 1 && first.output.contains("FAILED seed 3 step 35: "), "\(first.output)")
    #expect(first.output.contains("behind the back"))
    let line = try #require(
      first.output.split(separator: "\n").first { $0.hasPrefix("again: ") }?.split(separator: " "))
    #expect(line.contains("--outcomes"), "\(line)")
    let again = try run(Scratch.programs + "/Soak", line.dropFirst(2).map(String.init))
    #expect(again.status == 1 && again.output.contains("FAILED seed 3 step 35: "), "\(again.output)")
    #expect(steps(again.output) == steps(first.output))
  }

  @Test(arguments: [["--seed", "abc"], ["--minutes", "x"], ["--steps", ""], ["--outcomes", "d,x"], ["--any", "1"]])
  func whatIsNoNumberIsWrongUsage(arguments: [String]) throws {
    let ended = try run(Scratch.programs + "/Soak", arguments)
    #expect(ended.status == 64 && ended.output.hasPrefix("usage: "), "\(ended.output)")
  }
}
