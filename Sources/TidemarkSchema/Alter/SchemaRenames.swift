// Which tables and columns are the same under another name. It is told, or read off the statements that renamed them,
// and never guessed.

/// Renames from one schema to another.
public struct SchemaRenames: Sendable, Hashable {
  /// A table under another name.
  public struct Table: Sendable, Hashable {
    /// Its name where it comes from.
    public var from: String
    /// Its name where it goes.
    public var to: String

    /// A table under another name.
    public init(from: String, to: String) {
      self.from = from
      self.to = to
    }
  }

  /// A column under another name.
  public struct Column: Sendable, Hashable {
    /// The table, by its name where it comes from and where it goes.
    public var table: Table
    /// The column's name where it comes from.
    public var from: String
    /// Its name where it goes.
    public var to: String

    /// A column under another name, in a table that may have another, too.
    public init(table: Table, from: String, to: String) {
      self.table = table
      self.from = from
      self.to = to
    }
  }

  /// The tables.
  public var tables: [Table]
  /// The columns.
  public var columns: [Column]

  /// Renames.
  public init(tables: [Table] = [], columns: [Column] = []) {
    self.tables = tables
    self.columns = columns
  }

  /// No renames.
  public static let none = SchemaRenames()
  /// Whether there is none.
  public var isEmpty: Bool { tables.isEmpty && columns.isEmpty }

  /// The way back.
  public var reversed: SchemaRenames {
    SchemaRenames(
      tables: tables.map { Table(from: $0.to, to: $0.from) },
      columns: columns.map { column in
        Column(table: Table(from: column.table.to, to: column.table.from), from: column.to, to: column.from)
      })
  }

  /// What the ALTER TABLE … RENAME statements of a script came to, all in all. A table that was made anew under an old
  /// name, as a rebuild does, is not the old table under another; but where the old one's rows were copied into it, what was
  /// renamed before that stays renamed.
  /// - Parameters:
  ///   - sql: the script that led from one schema to the other.
  ///   - before: the schema before it.
  ///   - after: the schema after it.
  public init(in sql: String, before: Schema, after: Schema) {
    var follower = RenameFollower(before)
    follower.follow(sql)
    self = follower.renames(in: after)
  }
}

/// Follows tables and columns through a script by what its statements say.
private struct RenameFollower {
  /// What a table of the beginning is called now, and its columns, by what they are called now.
  private struct Followed {
    var origin: String
    var columns: [String: String]
    /// All names that it went by, folded.
    var names: Set<String>

    /// Takes columns of new names for those that they are filled from, where these go.
    mutating func rename(_ pairs: [(filled: String, from: String?)]) {
      let old = columns
      for (filled, from) in pairs {
        guard let from, let origin = old[from], old[filled] == nil, !pairs.contains(where: { $0.filled == from }),
          pairs.count(where: { $0.from == from }) == 1
        else { continue }
        columns[from] = nil
        columns[filled] = origin
      }
    }
  }

  /// By the name they have now, folded.
  private var tables: [String: Followed] = [:]
  /// Tables that came, by the name they have now, folded: each as what its rows were copied from.
  private var copies: [String: Followed] = [:]
  /// What went, by its origin.
  private var dropped: [String: Followed] = [:]

  init(_ before: Schema) {
    for object in before.objects where object.type == .table {
      let statement = CreateStatement(object.sql ?? "")
      var columns: [String: String] = [:]
      for item in statement.items where !item.isConstraint {
        let name = statement.identifier(item.tokens.lowerBound)
        columns[folded(name)] = name
      }
      tables[folded(object.name)] = Followed(
        origin: object.name, columns: columns, names: [folded(object.name)])
    }
  }

  mutating func follow(_ sql: String) {
    let script = CreateStatement(sql)
    for statement in script.statements { follow(script, statement) }
  }

  private mutating func follow(_ script: CreateStatement, _ range: Range<Int>) {
    var index = range.lowerBound
    guard range.count >= 3 else { return }
    if script.isWord(index, "drop"), script.isWord(index + 1, "table") {
      index += script.isWord(index + 2, "if") ? 4 : 2
      if script.isSymbol(index + 1, UInt8(ascii: ".")) { index += 2 }
      let name = folded(script.identifier(index))
      if let table = tables.removeValue(forKey: name) { dropped[table.origin] = table }
      copies[name] = nil
    } else if script.isWord(index, "insert") || script.isWord(index, "replace") {
      for found in RowCopy.all(in: script, range) { copy(found) }
    } else if script.isWord(index, "alter"), script.isWord(index + 1, "table") {
      index += 2
      if script.isSymbol(index + 1, UInt8(ascii: ".")) { index += 2 }
      let table = folded(script.identifier(index))
      alter(table, script, (index + 1)..<max(index + 1, range.upperBound))
    }
  }

  /// `INSERT INTO new … SELECT … FROM old`: the columns of one name are the same, and one that is filled from a column of
  /// another name is that one, where no other is filled from it.
  private mutating func copy(_ found: RowCopy) {
    guard tables[found.target] == nil, copies[found.target] == nil, var copy = found.source.flatMap({ tables[$0] })
    else { return }
    copy.rename(found.columns)
    copies[found.target] = copy
  }

  private mutating func alter(_ table: String, _ script: CreateStatement, _ range: Range<Int>) {
    let index = range.lowerBound
    if script.isWord(index, "rename") {
      if script.isWord(index + 1, "to"), range.count == 3 {
        let name = script.identifier(index + 2)
        copies[folded(name)] = copies.removeValue(forKey: table)
        tables[folded(name)] = tables.removeValue(forKey: table)
        tables[folded(name)]?.names.insert(folded(name))
        return
      }
      let first = script.isWord(index + 1, "column") && range.count == 5 ? index + 2 : index + 1
      guard script.isWord(first + 1, "to") else { return }
      let name = script.identifier(first + 2)
      let old = folded(script.identifier(first))
      if let column = tables[table]?.columns.removeValue(forKey: old) { tables[table]?.columns[folded(name)] = column }
      if let column = copies[table]?.columns.removeValue(forKey: old) { copies[table]?.columns[folded(name)] = column }
    } else if script.isWord(index, "drop") {
      let first = script.isWord(index + 1, "column") && range.count > 2 ? index + 2 : index + 1
      tables[table]?.columns[folded(script.identifier(first))] = nil
      copies[table]?.columns[folded(script.identifier(first))] = nil
    }
  }

  func renames(in after: Schema) -> SchemaRenames {
    var result = SchemaRenames()
    // What was made anew under a name of the table that it was filled from stands for that one, once that is gone.
    let anew = copies.filter { name, table in dropped[table.origin]?.names.contains(name) ?? false }
    for (name, table) in tables.merging(anew, uniquingKeysWith: { first, _ in first }).sorted(by: {
      ($0.value.origin, $0.key) < ($1.value.origin, $1.key)
    }) {
      guard let object = after[.table, name] else { continue }
      let place = SchemaRenames.Table(from: table.origin, to: object.name)
      if folded(table.origin) != name { result.tables.append(place) }
      let statement = CreateStatement(object.sql ?? "")
      for item in statement.items where !item.isConstraint {
        let column = statement.identifier(item.tokens.lowerBound)
        guard let origin = table.columns[folded(column)], folded(origin) != folded(column) else { continue }
        result.columns.append(SchemaRenames.Column(table: place, from: origin, to: column))
      }
    }
    return result
  }
}
