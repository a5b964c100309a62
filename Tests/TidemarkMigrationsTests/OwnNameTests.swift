// Names that are Tidemark's: told by their bytes everywhere, as SQLite tells them.
import Testing
import TidemarkMigrations
import TidemarkSQLite
import TidemarkSchema

@Suite struct OwnNameTests {
  /// To Swift the mark belongs to the letter before it, so that the name begins otherwise.
  static let names = ["tidemark_x", "TideMark_x", "tidemark_\u{301}x"]

  @Test(arguments: names) func noUpgradeMakesATableOfSuchAName(_ name: String) throws {
    #expect(Schema.isTidemarks(name))
    let scratch = try Scratch()
    let change = Change(1, up: Upgrade("CREATE TABLE \(SQL.quote(name))(a)"), down: .irreversible("it stays"))
    let error = #expect(throws: MigrationError.self) { try scratch.migrate(lineage(change)) }
    #expect(error?.message.contains("Tidemark's own table") == true, "\(error?.message ?? "")")
  }

  @Test(arguments: names) func noDowngradeOfSuchANameIsStored(_ name: String) throws {
    let scratch = try Scratch()
    let change = Change(1, up: "CREATE TABLE t(a)", down: Downgrade("DROP TABLE t; CREATE TABLE \(SQL.quote(name))(a)"))
    #expect(
      MigrationError.code { try scratch.migrate(lineage(change), MigratorOptions(proves: false)) } == "unfit-downgrade")
  }

  @Test func othersAreNobodysConcern() {
    for name in ["tidemark", "tidemarks_x", "x_tidemark_", "\u{301}tidemark_x"] { #expect(!Schema.isTidemarks(name)) }
  }
}
