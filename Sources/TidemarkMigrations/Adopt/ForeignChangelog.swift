// What another migration tool says was applied to a database.

/// Another tool's record of the changes it has applied.
public struct ForeignChangelog: Sendable, Hashable, Codable {
  /// A tool whose tables are known.
  public enum Tool: String, Sendable, Hashable, Codable, CaseIterable {
    case grdb = "GRDB"
    case rails = "Rails"
    case golangMigrate = "golang-migrate"
    case goose
    case sqlx
    case alembic = "Alembic"
    case django = "Django"
    case flyway = "Flyway"
    case myBatis = "MyBatis Migrations"
    case sqitch = "Sqitch"
  }

  /// The tool.
  public var tool: Tool
  /// Its tables, by their names; for one in a file of its own, with the file before a colon.
  public var tables: [String]
  /// What it has applied, as it names it, in order where the tool keeps one.
  public var versions: [String]
  /// Whether it keeps the newest only, and not what came before.
  public var keepsNewestOnly: Bool
  /// What it began and did not finish, in words; nil where all is well.
  public var unfinished: String?

  /// A record.
  public init(
    tool: Tool, tables: [String], versions: [String], keepsNewestOnly: Bool = false, unfinished: String? = nil
  ) {
    self.tool = tool
    self.tables = tables
    self.versions = versions
    self.keepsNewestOnly = keepsNewestOnly
    self.unfinished = unfinished
  }

  /// In words: "goose (goose_db_version): 3 applied, the last is 12".
  public var words: String {
    let place = "\(tool.rawValue) (\(tables.joined(separator: ", ")))"
    guard let last = versions.last else { return "\(place): nothing applied" }
    if keepsNewestOnly {
      return "\(place): at \(versions.joined(separator: ", "))"
    }
    return "\(place): \(versions.count) applied, the last is \(last)"
  }

  /// The migrations of a lineage that the versions speak of: by number, by a number before "_", or by name.
  func named(in known: [(id: MigrationID, name: String)]) -> [MigrationID] {
    versions.compactMap { version in
      // Django's and Sqitch's have a project before them.
      let bare = version.split(separator: ".", omittingEmptySubsequences: false).last.map(String.init) ?? version
      let digits = bare.prefix { $0.isASCII && $0.isNumber }
      let rest = bare.dropFirst(digits.count)
      if !digits.isEmpty, rest.isEmpty || rest.hasPrefix("_"), let number = Int64(digits),
        let found = known.first(where: { $0.id.rawValue == number })
      {
        return found.id
      }
      return known.first { $0.name.lowercased() == bare.lowercased() }?.id
    }
  }
}
