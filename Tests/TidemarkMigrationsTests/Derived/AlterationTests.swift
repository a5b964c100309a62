// Whatever two schemas differ in, the statements lead from either to the other, and keep all that both can hold.
import Foundation
import Testing
import TidemarkMigrations
import TidemarkSQLite
import TidemarkSchema

@Suite struct AlterationTests {
  @Test(arguments: SchemaPair.all) func statementsLeadFromEitherToTheOther(_ pair: SchemaPair) throws {
    let (one, other) = (try Schema.make(running: pair.one), try Schema.make(running: pair.other))
    #expect(one.fingerprint(.exact) != other.fingerprint(.exact) || pair.name == "an index")
    for (from, to) in [(one, other), (other, one)] {
      #expect(try AlterationTrial(from: from, to: to).findings() == [])
      // An SQLite from before DROP COLUMN.
      #expect(try AlterationTrial(from: from, to: to, sqlite: 3_034_000).findings() == [])
    }
  }

  /// With whatever rows: each pair is altered whole, or refused before anything runs and for a reason.
  @Test(arguments: SchemaPair.all) func rowsFitOrAreNamedBeforehand(_ pair: SchemaPair) throws {
    let (one, other) = (try Schema.make(running: pair.one), try Schema.make(running: pair.other))
    for (from, to) in [(one, other), (other, one)] {
      #expect(try AlterationTrial(from: from, to: to, isWhole: true).findings() == [])
    }
  }

  @Test func rowsOfAnyTwoFitOrAreNamedBeforehand() throws {
    let environment = ProcessInfo.processInfo.environment
    let seed = environment["TIDEMARK_SEED"].flatMap(UInt64.init) ?? 1
    let rounds = environment["TIDEMARK_ROUNDS"].flatMap(UInt64.init) ?? 40
    for round in 0..<rounds {
      let one = MadeSchema(seed: seed &+ round)
      let (from, to) = (try Schema.make(running: one.sql), try Schema.make(running: one.changed().sql))
      for (from, to) in [(from, to), (to, from)] {
        let findings = try AlterationTrial(from: from, to: to, isWhole: true).findings()
        guard findings.isEmpty else {
          Issue.record("TIDEMARK_SEED=\(seed &+ round): \(findings.joined(separator: "\n"))")
          return
        }
      }
    }
    print("note: \(rounds) pairs altered with rows, from TIDEMARK_SEED=\(seed)")
  }

  /// Any two made-up schemas, both ways. `TIDEMARK_SEED` repeats a failure, `TIDEMARK_ROUNDS` says how many.
  @Test func statementsLeadBetweenAnyTwo() throws {
    let environment = ProcessInfo.processInfo.environment
    let seed = environment["TIDEMARK_SEED"].flatMap(UInt64.init) ?? 1
    let rounds = environment["TIDEMARK_ROUNDS"].flatMap(UInt64.init) ?? 100
    var (rebuilt, refused) = (0, 0)
    for round in 0..<rounds {
      let one = MadeSchema(seed: seed &+ round)
      let (from, to) = (try Schema.make(running: one.sql), try Schema.make(running: one.changed().sql))
      for trial in [AlterationTrial(from: from, to: to), AlterationTrial(from: to, to: from)] {
        var findings: [String] = []
        do {
          findings = try trial.findings()
        } catch let error as SQLiteError where error.code == 19 {
          // Rows that the wanted table cannot hold: a type, a new UNIQUE or CHECK. Nothing is lost, it fails.
          refused += 1
          var empty = trial
          empty.isFull = false
          findings = try empty.findings()
        }
        guard findings.isEmpty else {
          Issue.record("TIDEMARK_SEED=\(seed &+ round): \(findings.joined(separator: "\n"))")
          return
        }
        rebuilt += try SchemaAlteration.make(from: trial.from, to: trial.to, sqlite: trial.sqlite).rebuilt.count
      }
    }
    print(
      "note: \(rounds) pairs from TIDEMARK_SEED=\(seed), \(rebuilt) tables rebuilt, \(refused) refused for their rows")
    #expect(rebuilt > 0 && refused < rounds / 2)
  }
}
