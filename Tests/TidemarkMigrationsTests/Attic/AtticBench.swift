// What the tests of the attic share: a database on its way down and up again, with work by both builds between.
import Testing
import TidemarkMigrations
import TidemarkSQLite

/// A newer and an older build on one database.
struct Tides {
  let scratch: Scratch
  let older: Lineage
  let newer: Lineage

  /// A database that the newer build has made of what the older one left.
  init(_ before: String, up: Upgrade, down: Downgrade, rows: String = "") throws {
    let base = Change(1, "Base", up: Upgrade(before), down: .derived)
    try self.init([base], [Change(2, "Top", up: up, down: down)], rows: rows)
  }

  init(_ base: [any Migration], _ top: [any Migration], rows: String = "") throws {
    scratch = try Scratch()
    older = Lineage(name: "test", migrations: base)
    newer = Lineage(name: "test", migrations: base + top)
    try scratch.migrate(older)
    if !rows.isEmpty { try scratch.execute(rows) }
    try scratch.migrate(newer)
  }

  @discardableResult
  func down(_ options: MigratorOptions = MigratorOptions(build: "old")) throws -> MigrationReport {
    try scratch.migrate(older, options)
  }

  @discardableResult
  func up() throws -> MigrationReport { try scratch.migrate(newer) }

  func execute(_ sql: String) throws { try scratch.execute(sql) }

  /// Rows with their types, one a line.
  func list(_ sql: String) throws -> [String] {
    try scratch.open().rows(sql).map { row in row.values.map { Self.words($0) }.joined(separator: " ") }
  }

  static func words(_ value: Value) -> String {
    switch value {
    case .null: "-"
    case .integer(let number): "\(number)"
    case .real(let number): "\(number)r"
    case .text(let text): "'\(text)'"
    case .blob(let bytes): "x\(bytes)"
    }
  }

  /// Whether the attic is empty, tables and all.
  func hasAttic() throws -> Bool {
    try scratch.value("SELECT count(*) FROM sqlite_schema WHERE name LIKE 'tidemark_attic%'", as: Int.self) != 0
  }
}
