// What a schema file says besides its schema: what was renamed, what is new, and which migration it is reached by.
//
//     -- tidemark: version 12                      the file shows the schema after migration 12
//     -- tidemark: renamed from crons              the table below is crons under another name
//     schedule TEXT, -- tidemark: renamed from cron     the same of a column
//     note TEXT,     -- tidemark: new              it is no column that goes at the same time, under another name

/// The comments for Tidemark in a schema file.
package struct SchemaAnnotations: Sendable, Hashable {
  /// The table or column that a comment speaks of.
  package struct Place: Sendable, Hashable {
    /// The table's name, as written.
    package var table: String
    /// The column's name, as written; nil for the table itself.
    package var column: String?
    /// The comment's line, counted from 1.
    package var line: Int
  }

  /// A table or column under another name.
  package struct Rename: Sendable, Hashable {
    package var place: Place
    /// The name that it had.
    package var from: String
  }

  /// The migration that a file is reached by.
  package struct Version: Sendable, Hashable {
    package var id: Int64
    /// The comment's line, counted from 1.
    package var line: Int
  }

  package private(set) var renames: [Rename] = []
  /// What is no rename.
  package private(set) var new: [Place] = []
  package private(set) var versions: [Version] = []
  /// Comments that cannot be understood.
  package private(set) var problems: [SchemaError] = []

  /// Reads a schema file.
  package init(in sql: String) {
    let comments = TidemarkComment.all(in: sql)
    guard !comments.isEmpty else { return }
    let finder = PlaceFinder(sql)
    for comment in comments { read(comment, finder) }
  }

  /// The text without what has served its turn once the migration is there: renames and marks of what is new.
  package static func withoutSpent(_ sql: String) -> String {
    var bytes = Array(sql.utf8)
    for comment in TidemarkComment.all(in: sql).reversed() {
      let verb = comment.words.prefix { $0 != " " }
      guard verb == "renamed" || verb == "new" else { continue }
      var range = comment.range
      while range.lowerBound > 0, [0x20, 0x09].contains(bytes[range.lowerBound - 1]) {
        range = (range.lowerBound - 1)..<range.upperBound
      }
      // A line that held nothing else goes whole.
      let isAlone = range.lowerBound == 0 || bytes[range.lowerBound - 1] == 0x0A
      if isAlone, range.upperBound < bytes.count, bytes[range.upperBound] == 0x0A {
        range = range.lowerBound..<(range.upperBound + 1)
      }
      bytes.removeSubrange(range)
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  private mutating func read(_ comment: TidemarkComment, _ finder: PlaceFinder) {
    let statement = CreateStatement(comment.words)
    let count = statement.tokens.count
    if statement.isWord(0, "version") {
      guard count == 2, let id = Int64(statement.identifier(1)), id > 0 else {
        return problem(comment, "a version is the number of a migration, as in 'tidemark: version 12'")
      }
      versions.append(Version(id: id, line: comment.line))
    } else if statement.isWord(0, "renamed") {
      guard statement.isWord(1, "from"), count == 3 else {
        return problem(comment, "a rename names one table or column, as in 'tidemark: renamed from old'")
      }
      guard let place = finder.place(of: comment) else { return problem(comment, Self.nowhere) }
      renames.append(Rename(place: place, from: statement.identifier(2)))
    } else if statement.isWord(0, "new"), count == 1 {
      guard let place = finder.place(of: comment) else { return problem(comment, Self.nowhere) }
      new.append(place)
    } else if !statement.isWord(0, "allow") {
      problem(comment, "'tidemark: \(comment.words)' says nothing that is known: renamed from, new, version or allow")
    }
  }

  private static let nowhere =
    "it belongs on the line of a table or a column, or on a line of its own right above"

  private mutating func problem(_ comment: TidemarkComment, _ message: String) {
    problems.append(SchemaError(.malformedNote, message, line: comment.line))
  }

  /// Whether a column, or for nil a table, is marked as new.
  func isNew(_ column: String?, in table: String) -> Bool {
    new.contains { folded($0.table) == folded(table) && $0.column.map { folded($0) } == column.map { folded($0) } }
  }
}

/// Finds what a comment speaks of by where it stands.
private struct PlaceFinder {
  private struct Table {
    var name: String
    var start: Int
    /// Where each column or constraint begins and ends; of a constraint without a name.
    var items: [(column: String?, range: Range<Int>)]
  }

  private let tokens: [Range<Int>]
  private let bytes: [UInt8]
  private var tables: [(range: Range<Int>, table: Table?)] = []

  init(_ sql: String) {
    let tokenizer = Tokenizer(sql)
    bytes = tokenizer.bytes
    tokens = tokenizer.map(\.range)
    for statement in SQLStatement.statements(of: sql) {
      let create = CreateStatement(statement.text)
      let offset = statement.range.lowerBound
      guard create.kind == .table || create.kind == .virtualTable, let name = create.name else {
        tables.append((statement.range, nil))
        continue
      }
      let items = create.items.map { item in
        let start = create.tokens[item.tokens.lowerBound].range.lowerBound + offset
        let end = create.tokens[item.tokens.upperBound - 1].range.upperBound + offset
        return (column: item.isConstraint ? nil : create.identifier(item.tokens.lowerBound), range: start..<end)
      }
      tables.append((statement.range, Table(name: create.identifier(name), start: offset, items: items)))
    }
  }

  func place(of comment: TidemarkComment) -> SchemaAnnotations.Place? {
    let lineStart = (bytes[..<comment.range.lowerBound].lastIndex(of: 0x0A) ?? -1) + 1
    let before = tokens.last { $0.lowerBound < comment.range.lowerBound }
    if let before, before.upperBound > lineStart { return place(behind: before, comment) }
    guard let next = tokens.first(where: { $0.lowerBound >= comment.range.upperBound }) else { return nil }
    guard let table = table(at: next) else { return nil }
    if next.lowerBound == table.start { return .init(table: table.name, column: nil, line: comment.line) }
    guard let item = table.items.first(where: { $0.range.contains(next.lowerBound) }), let column = item.column else {
      return nil
    }
    return .init(table: table.name, column: column, line: comment.line)
  }

  private func place(behind token: Range<Int>, _ comment: TidemarkComment) -> SchemaAnnotations.Place? {
    guard let table = table(at: token) else { return nil }
    guard let item = table.items.last(where: { $0.range.lowerBound <= token.lowerBound }),
      item.range.upperBound != table.items.last?.range.upperBound || item.range.contains(token.lowerBound)
    else { return .init(table: table.name, column: nil, line: comment.line) }
    return item.column.map { .init(table: table.name, column: $0, line: comment.line) }
  }

  /// The table whose statement a token is part of, its semicolon included.
  private func table(at token: Range<Int>) -> Table? {
    tables.last { $0.range.lowerBound <= token.lowerBound }?.table
  }
}
