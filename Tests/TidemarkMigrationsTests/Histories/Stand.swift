// A database read whole at one moment of a history.
import TidemarkMigrations
import TidemarkSQLite

/// The rows of all tables, by what identifies them, and the numbers that their values bear.
struct Stand {
  let contents: DatabaseContents
  /// By table, by identity: the row's cells by column.
  private(set) var rows: [String: [String: [String: DatabaseContents.Cell]]] = [:]
  /// By table, by identity: where the row stands.
  private(set) var places: [String: [String: String]] = [:]
  private(set) var tags: Set<Int> = []
  let violations: Int
  let isSound: Bool

  init(of connection: Connection) throws {
    contents = try DatabaseContents(of: connection)
    for table in contents.tables.values {
      let keys = try connection.rows(
        "SELECT name FROM pragma_table_info(?) WHERE pk > 0 ORDER BY pk", table.name
      ).map { try $0.get(0, as: String.self) }
      var found: [String: [String: DatabaseContents.Cell]] = [:]
      for (place, cells) in table.rows {
        let row = Dictionary(uniqueKeysWithValues: zip(table.columns, cells))
        let key = keys.compactMap { row[$0] }
        // A key that is NULL tells no rows apart: they go by their place.
        let isNull = key.contains { $0.value == .null }
        let identity = key.isEmpty || isNull ? "at \(place)" : "\(key.map(\.value))"
        found[identity] = row
        places[table.name, default: [:]][identity] = place
        for cell in cells { tags.formUnion(Self.tags(in: cell.value)) }
      }
      rows[table.name] = found
    }
    violations = try connection.rows("PRAGMA foreign_key_check").count
    isSound = try connection.value("PRAGMA integrity_check") == "ok"
  }

  /// The rows, one a line.
  var words: [String] {
    contents.tables.values.sorted { $0.name < $1.name }.flatMap { table in
      table.rows.sorted { $0.key < $1.key }.map { key, cells in
        "  \(table.name) \(key): "
          + zip(table.columns, cells).map { "\($0) \(Tides.words($1.value))" }.joined(separator: ", ")
      }
    }
  }

  /// The numbers of seven digits in a value.
  static func tags(in value: Value) -> Set<Int> {
    let text: [UInt8] =
      switch value {
      case .null: []
      case .integer(let number): Array("\(number)".utf8)
      case .real(let number): Array("\(number)".utf8)
      case .text(let text): Array(text.utf8)
      case .blob(let bytes): bytes
      }
    var found: Set<Int> = []
    for run in text.split(whereSeparator: { !(0x30...0x39).contains($0) }) where run.count == 7 {
      found.insert(run.reduce(0) { $0 * 10 + Int($1 - 0x30) })
    }
    return found
  }

  /// What the attic holds.
  struct Attic {
    var rows: Int64 = 0
    var waiting = 0
    var tags: Set<Int> = []
  }

  static func attic(of connection: Connection) throws -> Attic {
    var attic = Attic()
    let names = try connection.rows(
      "SELECT name FROM sqlite_schema WHERE type = 'table' AND name LIKE 'tidemark_attic%'"
    ).map { try $0.get(0, as: String.self) }
    guard names.contains("tidemark_attic") else { return attic }
    attic.rows = try connection.value("SELECT sum(rows) FROM tidemark_attic") ?? 0
    attic.waiting = try connection.value("SELECT count(*) FROM tidemark_attic WHERE state = 'kept'") ?? 0
    for name in names where name != "tidemark_attic" && !name.hasSuffix("_left") {
      for row in try connection.rows("SELECT * FROM \(name)") {
        for value in row.values { attic.tags.formUnion(tags(in: value)) }
      }
    }
    return attic
  }
}
