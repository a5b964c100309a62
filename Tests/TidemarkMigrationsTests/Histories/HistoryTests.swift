// Histories from seeds, the same ones each time unless told otherwise: TIDEMARK_SEED=N begins with that seed,
// TIDEMARK_HISTORIES=N plays so many. A seed that fails is printed, and played again with TIDEMARK_SEED=N
// TIDEMARK_HISTORIES=1.
import Foundation
import Testing

@Suite struct HistoryTests {
  private static func number(_ name: String) -> UInt64? {
    ProcessInfo.processInfo.environment[name].flatMap(UInt64.init)
  }

  /// At once, for whoever waits.
  private static func say(_ words: String) { FileHandle.standardError.write(Data((words + "\n").utf8)) }

  /// Seeds that found a fault once.
  @Test(arguments: [423, 20_027_818 as UInt64, 30_018_875, 911_001_051]) func whatWasMendedStaysMended(_ seed: UInt64)
    throws
  {
    var history = History(seed: seed)
    #expect(try history.play() == [], "\(history.log.joined(separator: "\n"))")
  }

  /// In parts, which run side by side.
  private static let parts: UInt64 = 4

  @Test(arguments: 0..<parts) func nothingThatEitherBuildWroteIsMissing(part: UInt64) throws {
    let seed = Self.number("TIDEMARK_SEED") ?? 1
    let count = Self.number("TIDEMARK_HISTORIES") ?? 1_000
    if part == 0 { Self.say("\(count) histories from seed \(seed)") }
    var failures = 0
    for offset in stride(from: part, to: count, by: Int(Self.parts)) {
      var history = History(seed: seed &+ offset)
      var faults: [String]
      do {
        faults = try history.play()
      } catch {
        faults = ["\(error)"]
      }
      if offset % 10_000 == 9_999 { Self.say("\(offset + 1) histories") }
      guard !faults.isEmpty else { continue }
      failures += 1
      let text = (["seed \(history.seed)"] + faults + (count == 1 ? history.log : []))
      Issue.record("\(text.joined(separator: "\n"))")
      if failures >= 20 { break }
    }
  }
}
