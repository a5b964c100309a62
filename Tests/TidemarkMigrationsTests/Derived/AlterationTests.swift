// Whatever two schemas differ in, the statements lead from either to the other, and keep all that both can hold.
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
}
