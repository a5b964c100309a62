// Views upon views: ordinary ones are nobody's concern, those that multiply are refused before SQLite compiles them.
import Testing
import TidemarkMigrations
import TidemarkSQLite

@Suite struct ViewGrowthTests {
  static let columns = (1...16).map { "c\($0)" }

  /// A stack of views of which each names all columns of the one below.
  static func stack(_ select: (String) -> String) -> String {
    "CREATE TABLE t(\(columns.joined(separator: ", ")));"
      + (1...6).map { "CREATE VIEW v\($0) AS \(select($0 == 1 ? "t" : "v\($0 - 1)"));" }.joined()
  }

  /// Names that look like views and take in nothing.
  static let ordinary: [String] = [
    stack { below in "SELECT \(columns.map { "\(below).\($0)" }.joined(separator: ", ")) FROM \(below)" },
    stack { below in "SELECT \(columns.map { "\"\(below)\" . \($0)" }.joined(separator: ", ")) FROM main.\(below)" },
    // A column that is called like the view below, and a name behind a point.
    stack { below in
      "SELECT x.*, \(columns.map { "CASE WHEN x.c1 > 1 THEN \(below) ELSE \(below) + \($0) END" }.joined(separator: ", ")) FROM "
        + "(SELECT *, 1 AS \(below) FROM \(below)) AS x"
    },
  ]

  @Test(arguments: ordinary) func viewsWithQualifiedColumnsAreMigrated(_ sql: String) throws {
    let scratch = try Scratch()
    let views = Change(1, up: Upgrade(sql), down: .irreversible("they stay"))
    try scratch.migrate(lineage(views))
    #expect(try scratch.migrate(lineage(views), MigratorOptions(strict: true)).outcome == .upToDate)
    try scratch.migrate(lineage(views, table(2)))
    try scratch.migrate(lineage(views))
  }

  /// Each takes in the one below twice.
  static let doubling: [@Sendable (String) -> String] = [
    { "SELECT 1 AS a FROM \($0) AS x, \($0) AS y" }, { "SELECT 1 AS a FROM main.\($0) JOIN 'main'.\"\($0)\" AS y" },
    { "SELECT a FROM (\($0)) WHERE a IN \($0)" }, { "SELECT a FROM \($0) UNION ALL SELECT a FROM [\($0)]" },
    { "SELECT a FROM \($0) AS window, \($0) AS y" },
  ]

  @Test(arguments: doubling.indices) func viewsThatMultiplyAreRefused(_ index: Int) throws {
    let scratch = try Scratch()
    try scratch.migrate(tables(1))
    let connection = try scratch.open()
    try connection.execute("CREATE VIEW v0 AS SELECT 1 AS a")
    // Only as high as SQLite compiles it in a moment: what is counted is not what it takes.
    for level in 1...13 {
      try connection.execute("CREATE VIEW v\(level) AS \(Self.doubling[index]("v\(level - 1)"))")
    }
    try connection.close()
    let error = #expect(throws: MigrationError.self) { try scratch.migrate(tables(1, 2)) }
    #expect(error?.code == "altered")
    #expect(error?.message.contains("takes in views more than") == true, "\(error?.message ?? "")")
  }
}
