// The rows of one table as they would be after an alteration, to be asked whether they may be so. Where values stay as they
// are it is the table itself under other names; else a temporary copy with the wanted columns and none of their rules.
internal import TidemarkSQLite
internal import TidemarkSchema

/// What a table's rows would be.
struct RowStage {
  /// What queries read from, under the wanted table's name.
  let source: String
  /// An expression that tells which row it is; nil where there is none.
  let row: String?
  /// Of columns whose values may change: the column and what holds its values as they are.
  let converted: [(column: Schema.Column, was: String)]

  /// Makes it.
  /// - Parameters:
  ///   - columns: the wanted columns, folded, that will be asked about.
  ///   - changed: those that are new, or hold or compare values in another way.
  ///   - converted: those of them whose values may change.
  ///   - connection: in a transaction; a copy goes with it, or with `drop`.
  init(
    of table: AlteredTable, columns: Set<String>, changed: Set<String>, converted: [Schema.Column],
    on connection: Connection
  ) throws {
    let name = SQL.quote(table.to.name)
    let keys = table.from.isWithoutRowid ? table.from.primaryKey.map { SQL.quote($0.expression) } : []
    if columns.isDisjoint(with: changed) {
      let row = table.rowid ?? (keys.isEmpty ? nil : keys.map { "quote(\($0))" }.joined(separator: " || ', ' || "))
      var list = [(row ?? "NULL") + " AS tidemark_row"]
      list += table.to.columns.compactMap { column in
        guard columns.contains(column.key), let origin = table.origins[column.key] else { return nil }
        return "\(SQL.quote(origin)) AS \(SQL.quote(column.name))"
      }
      source = "(SELECT \(list.joined(separator: ", ")) FROM main.\(SQL.quote(table.name))) AS \(name)"
      self.row = row == nil ? nil : "tidemark_row"
      self.converted = []
      return
    }
    try Self.copy(table, columns, converted, keys, connection)
    source = "temp.\(name)"
    row = table.rowid == nil && keys.isEmpty ? nil : "tidemark_row"
    self.converted = converted.map { ($0, Self.was($0)) }
  }

  private static func was(_ column: Schema.Column) -> String { SQL.quote("tidemark_was_\(column.name)") }

  private static func copy(
    _ table: AlteredTable, _ columns: Set<String>, _ converted: [Schema.Column], _ keys: [String],
    _ connection: Connection
  ) throws {
    var definitions = ["tidemark_row"]
    var targets: [String] = ["tidemark_row"]
    var values = [
      table.rowid ?? (keys.isEmpty ? "NULL" : keys.map { "quote(\($0))" }.joined(separator: " || ', ' || "))
    ]
    for column in table.to.columns where columns.contains(column.key) {
      let isAny = table.to.isStrict && column.type.lowercased() == "any"
      var definition = "\(SQL.quote(column.name)) \(isAny ? "" : column.type) COLLATE \(SQL.quote(column.collation))"
      if let generated = column.generated {
        definition += " AS (\(generated.expression))"
      } else if let origin = table.origins[column.key] {
        targets.append(SQL.quote(column.name))
        values.append(SQL.quote(origin))
      } else if let initial = column.defaultValue {
        definition += " DEFAULT \(initial)"
      }
      definitions.append(definition)
    }
    for column in converted {
      definitions.append(was(column))
      targets.append(was(column))
      values.append(SQL.quote(table.origins[column.key] ?? column.name))
    }
    let name = SQL.quote(table.to.name)
    try connection.execute("CREATE TEMP TABLE \(name)(\(definitions.joined(separator: ", ")))")
    try connection.execute(
      "INSERT INTO temp.\(name)(\(targets.joined(separator: ", "))) SELECT \(values.joined(separator: ", ")) "
        + "FROM main.\(SQL.quote(table.name))")
  }

  /// Removes a copy.
  func drop(_ table: AlteredTable, on connection: Connection) throws {
    if source.hasPrefix("temp.") { try connection.execute("DROP TABLE temp.\(SQL.quote(table.to.name))") }
  }
}

extension Schema.Column {
  /// The name as SQLite compares it.
  var key: String { folded(name) }
}
