// Any schema of the hand-written corpus is altered to any other: a few that a seed picks in every run, all of them with
// TIDEMARK_SWEEP=1, as `Scripts/sweep-alterations` sets it.
import Foundation
import Testing
import TidemarkMigrations
import TidemarkSQLite
import TidemarkSchema

@Suite struct AlterationSweepTests {
  private static let environment = ProcessInfo.processInfo.environment
  static let isWhole = environment["TIDEMARK_SWEEP"] != nil
  private static let seed = environment["TIDEMARK_SEED"].flatMap(UInt64.init) ?? 1

  /// All of a list, or as many as a quick run has time for.
  private static func picked<Element>(_ all: [Element], _ count: Int) -> [Element] {
    guard !isWhole else { return all }
    var dice = Dice(seed: seed)
    return (0..<count).map { _ in dice.one(of: all) }
  }

  @Test func everyFeatureBecomesEveryOther() throws {
    let ways = Feature.all.flatMap { from in Feature.all.filter { $0.name != from.name }.map { (from, $0) } }
    var endings: [FeatureTrial.Ending: Int] = [:]
    var findings = 0
    for (from, to) in Self.picked(ways, 60) {
      for salt in Self.isWhole ? [0, 4, 9] : [Int(Self.seed % 14)] {
        let (ending, words) = try FeatureTrial(from: from, to: to, salt: salt).run()
        endings[ending, default: 0] += 1
        guard !words.isEmpty else { continue }
        findings += 1
        if findings <= 100 {
          Issue.record("\(from.name) to \(to.name), rows \(salt): \(words.joined(separator: "\n"))")
        }
      }
    }
    print(
      """
      note: \(Feature.all.count) features, \(endings[.altered, default: 0]) ways altered, \
      \(endings[.refused, default: 0]) refused for their rows, \(findings) wrong, from TIDEMARK_SEED=\(Self.seed)
      """)
    #expect(findings == 0 && endings[.altered, default: 0] > endings[.refused, default: 0] / 4)
  }

  @Test func everySchemaOfThePairsBecomesEveryOther() throws {
    let texts = SchemaPair.all.flatMap { [$0.one, $0.other] }
    let schemas = try texts.map { try Schema.make(running: $0) }
    let ways = schemas.indices.flatMap { from in schemas.indices.filter { $0 != from }.map { (from, $0) } }
    var (count, findings) = (0, 0)
    for (from, to) in Self.picked(ways, 60) {
      count += 1
      let trial = AlterationTrial(from: schemas[from], to: schemas[to], isWhole: true)
      let words: [String]
      do {
        words = try trial.findings()
      } catch let error as SchemaError where error.code == .unalterable {
        // Rows of one kind of virtual table are none of another's.
        words = texts[from].contains("VIRTUAL TABLE") ? [] : ["\(error)"]
      }
      guard !words.isEmpty else { continue }
      findings += 1
      if findings <= 100 {
        Issue.record("\(texts[from])\nto\n\(texts[to]):\n\(words.joined(separator: "\n"))")
      }
    }
    print("note: \(schemas.count) schemas, \(count) ways, \(findings) wrong")
    #expect(findings == 0)
  }
}
