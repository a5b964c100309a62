// Indexes, views, triggers and virtual tables as values.

extension Schema {
  /// An index that an author made.
  public struct Index: Sendable, Hashable {
    /// Its name.
    public var name: String
    /// The table it is on.
    public var table: String
    /// Whether no two rows may have the same key.
    public var isUnique: Bool
    /// What it sorts by: columns and expressions.
    public var terms: [Constraint.Term]
    /// What rows it holds, of a partial index: the expression behind WHERE.
    public var condition: String?

    /// Reads an index; nil for any other object.
    public init?(_ object: SchemaObject) {
      guard object.type == .index, let sql = object.sql else { return nil }
      let statement = CreateStatement(sql)
      let open = statement.body + 2
      guard statement.kind == .index, statement.isSymbol(open, UInt8(ascii: "(")) else { return nil }
      name = object.name
      table = object.table
      isUnique = statement.isUnique
      var depth = 0
      var close = statement.tokens.count
      for index in open..<statement.tokens.count where close == statement.tokens.count {
        if statement.isSymbol(index, UInt8(ascii: "(")) { depth += 1 }
        if statement.isSymbol(index, UInt8(ascii: ")")) { depth -= 1 }
        if depth == 0 { close = index }
      }
      terms = statement.terms((open + 1)..<close)
      let condition = close + 2
      self.condition =
        statement.isWord(close + 1, "where") && condition < statement.tokens.count
        ? statement.line(condition..<statement.tokens.count) : nil
    }
  }

  /// A view.
  public struct View: Sendable, Hashable {
    /// Its name.
    public var name: String
    /// The names that it gives its columns; none where the query names them.
    public var columns: [String]
    /// Its query, on one line.
    public var query: String

    /// Reads a view; nil for any other object.
    public init?(_ object: SchemaObject) {
      guard object.type == .view, let sql = object.sql else { return nil }
      let statement = CreateStatement(sql)
      let tokens = statement.tokens
      guard statement.kind == .view,
        let start = (statement.body..<max(statement.body, tokens.count)).first(where: { statement.isWord($0, "as") })
      else { return nil }
      name = object.name
      columns =
        start > statement.body + 2
        ? statement.terms((statement.body + 1)..<(start - 1)).map(\.expression) : []
      query = statement.line((start + 1)..<max(start + 1, tokens.count))
    }
  }

  /// A trigger.
  public struct Trigger: Sendable, Hashable {
    /// When it runs.
    public enum Time: String, Sendable, Hashable { case before, after, insteadOf = "instead of" }
    /// What makes it run.
    public enum Event: String, Sendable, Hashable { case insert, update, delete }

    /// Its name.
    public var name: String
    /// The table or view it is on.
    public var table: String
    /// When it runs; before, where nothing is said.
    public var time: Time
    /// What makes it run.
    public var event: Event
    /// The columns of UPDATE OF; none for every update.
    public var columns: [String]
    /// The expression behind WHEN.
    public var condition: String?
    /// Its statements, on one line.
    public var body: String

    /// Reads a trigger; nil for any other object.
    public init?(_ object: SchemaObject) {
      guard object.type == .trigger, let sql = object.sql else { return nil }
      let statement = CreateStatement(sql)
      let count = statement.tokens.count
      guard statement.kind == .trigger else { return nil }
      name = object.name
      table = object.table
      var index = statement.body
      time = .before
      if statement.isWord(index, "before") {
        index += 1
      } else if statement.isWord(index, "after") {
        (time, index) = (.after, index + 1)
      } else if statement.isWord(index, "instead") {
        (time, index) = (.insteadOf, index + 2)
      }
      guard let event = Event(rawValue: folded(statement.identifier(index))) else { return nil }
      self.event = event
      index += 1
      columns = []
      let on = (index..<max(index, count)).first { statement.isWord($0, "on") } ?? count
      if statement.isWord(index, "of") { columns = statement.terms((index + 1)..<on).map(\.expression) }
      index = min(on + 2, count)
      // The name of the table may not be BEGIN without quotes, so the first one begins the body.
      let begin = (index..<max(index, count)).first { statement.isWord($0, "begin") } ?? count
      if let when = (index..<begin).first(where: { statement.isWord($0, "when") }) {
        condition = statement.line((when + 1)..<begin)
      }
      body = begin < count ? statement.line((begin + 1)..<max(begin + 1, count - 1)) : ""
    }
  }

  /// A table that a module keeps.
  public struct Module: Sendable, Hashable {
    /// The table's name.
    public var name: String
    /// The module's name.
    public var module: String
    /// The arguments as written, on one line each.
    public var arguments: [String]

    /// Reads a virtual table; nil for any other object.
    public init?(_ object: SchemaObject) {
      guard let table = TidemarkSchema.VirtualTable(object) else { return nil }
      name = table.name
      module = table.module
      arguments = table.arguments
    }
  }
}
