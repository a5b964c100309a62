// The statements of an alteration as an author wants to find them in a migration: with a place between, where the new is
// there already and the old still is, so that values can be moved over.
internal import TidemarkSchema

/// Statements in two halves, with room between.
package struct DraftScript: Sendable, Hashable {
  /// What comes before the author's own statements.
  package var first: [String]
  /// What comes after them.
  package var second: [String]

  /// All statements in order.
  package var statements: [String] { first + second }
  /// The statements as one script.
  package var sql: String { statements.map { $0 + ";" }.joined(separator: "\n") }

  init(first: [String], second: [String] = []) {
    self.first = first
    self.second = second
  }

  /// The statements with renames and everything that is new before what goes and what is made anew. Whether they run in
  /// that order, too, is to be tried.
  /// - Parameters:
  ///   - alteration: the change.
  ///   - from: the schema it begins with.
  static func parted(_ alteration: SchemaAlteration, from: Schema) -> DraftScript {
    var renames: [String] = []
    var new: [String] = []
    var rest: [String] = []
    for statement in alteration.statements {
      let words = CreateStatement(statement)
      if words.isWord(0, "alter"), isRename(words, from), rest.isEmpty {
        renames.append(statement)
      } else if isAddition(words) || isNewTable(words, from) {
        new.append(statement)
      } else {
        rest.append(statement)
      }
    }
    return DraftScript(first: renames + new, second: rest)
  }

  /// The statements as a person would write them: names bare where they may be, and without a pragma that nothing here needs.
  /// Whether they still lead to the same is to be tried.
  var plain: DraftScript {
    let needsPragma = statements.contains { $0.hasPrefix("ALTER TABLE ") && $0.contains(" RENAME TO ") }
    func plain(_ statements: [String]) -> [String] {
      statements.filter { needsPragma || !$0.hasPrefix("PRAGMA legacy_alter_table") }.map(Self.plain)
    }
    return DraftScript(first: plain(first), second: plain(second))
  }

  /// Only what was put together here: a CREATE statement is its author's own text.
  private static func plain(_ statement: String) -> String {
    let words = CreateStatement(statement)
    guard !words.isWord(0, "create") else { return statement }
    var text = ""
    var end = 0
    for (index, token) in words.tokens.enumerated() {
      text += String(decoding: words.bytes[end..<token.range.lowerBound], as: UTF8.self)
      if words.isWord(index, "select"), words.isWord(0, "insert") {
        while text.last == " " { text.removeLast() }
        text += "\n  "
      }
      let written = String(decoding: words.bytes[token.range], as: UTF8.self)
      text += token.kind == .quoted ? SQLName.plain(words.identifier(index)) ?? written : written
      end = token.range.upperBound
    }
    return text + String(decoding: words.bytes[end...], as: UTF8.self)
  }

  private static func isRename(_ words: CreateStatement, _ from: Schema) -> Bool { words.isWord(3, "rename") }

  private static func isAddition(_ words: CreateStatement) -> Bool {
    words.isWord(0, "alter") && words.isWord(3, "add")
  }

  private static func isNewTable(_ words: CreateStatement, _ from: Schema) -> Bool {
    guard words.kind == .table, let name = words.name else { return false }
    return from[words.identifier(name)] == nil
  }
}
