// How one object differs from the one that was expected under its name.

/// Compares two objects of one type and name.
struct ObjectComparison {
  private let expected: SchemaObject
  private let found: SchemaObject
  private let kind: FingerprintKind

  init(expected: SchemaObject, found: SchemaObject, kind: FingerprintKind) {
    self.expected = expected
    self.found = found
    self.kind = kind
  }

  /// The differences, a phrase each; at least one.
  var words: [String] {
    let (wanted, present) = (CreateStatement(expected.sql ?? ""), CreateStatement(found.sql ?? ""))
    var words: [String] = []
    if folded(expected.table) != folded(found.table) {
      words.append("is on table \(found.table), expected \(expected.table)")
    }
    if wanted.kind != present.kind {
      words.append("is \(title(present)), expected \(title(wanted))")
    } else if wanted.kind == .table {
      words += columns(wanted, present) + constraints(wanted, present) + options(wanted, present)
    } else if wanted.isUnique != present.isUnique {
      words.append(present.isUnique ? "is UNIQUE, which is not expected" : "is not UNIQUE")
    }
    return words.isEmpty ? [text(wanted, present)] : words
  }

  private func title(_ statement: CreateStatement) -> String {
    statement.kind == .virtualTable ? "a virtual table" : "no virtual table"
  }

  private struct Column {
    var name: String
    var definition: String
    var canonical: [UInt8]
  }

  private func columnList(_ statement: CreateStatement) -> [Column] {
    zip(statement.items, statement.canonicalItems).compactMap { item, canonical in
      guard !item.isConstraint else { return nil }
      let definition = statement.line((item.tokens.lowerBound + 1)..<item.tokens.upperBound)
      return Column(
        name: statement.identifier(item.tokens.lowerBound), definition: definition.isEmpty ? "untyped" : definition,
        canonical: canonical)
    }
  }

  private func columns(_ wanted: CreateStatement, _ present: CreateStatement) -> [String] {
    let (wanted, present) = (columnList(wanted), columnList(present))
    var words: [String] = []
    for column in wanted {
      guard let other = present.first(where: { folded($0.name) == folded(column.name) }) else {
        words.append("column \(column.name) is missing")
        continue
      }
      if other.canonical != column.canonical {
        words.append("column \(column.name) is \(other.definition), expected \(column.definition)")
      }
    }
    let names = Set(wanted.map { folded($0.name) })
    words += present.filter { !names.contains(folded($0.name)) }.map { "column \($0.name) is not expected" }
    let orders = [wanted, present].map { $0.map { folded($0.name) } }
    if words.isEmpty, kind == .exact, orders[0] != orders[1] {
      let list = [present, wanted].map { $0.map(\.name).joined(separator: ", ") }
      words.append("columns in another order: \(list[0]), expected \(list[1])")
    }
    return words
  }

  private func constraints(_ wanted: CreateStatement, _ present: CreateStatement) -> [String] {
    let lists = [wanted, present].map { statement in
      zip(statement.items, statement.canonicalItems).filter(\.0.isConstraint)
        .map { (statement.line($0.tokens), $1) }
    }
    let missing = lists[0].filter { one in !lists[1].contains { $0.1 == one.1 } }
    let unexpected = lists[1].filter { one in !lists[0].contains { $0.1 == one.1 } }
    var words =
      missing.map { "constraint \($0.0) is missing" } + unexpected.map { "constraint \($0.0) is not expected" }
    if words.isEmpty, lists[0].map(\.1) != lists[1].map(\.1) {
      words.append(lists[0].count == lists[1].count ? "constraints in another order" : "a constraint is there twice")
    }
    return words
  }

  private func options(_ wanted: CreateStatement, _ present: CreateStatement) -> [String] {
    guard wanted.canonicalOptions != present.canonicalOptions else { return [] }
    let lines = [present, wanted].map { statement in
      statement.options.isEmpty
        ? "no options" : statement.options.map { statement.line($0).uppercased() }.joined(separator: ", ")
    }
    return ["has \(lines[0]), expected \(lines[1])"]
  }

  /// The place where the texts part.
  private func text(_ wanted: CreateStatement, _ present: CreateStatement) -> String {
    let (found, expected) = CreateStatement.parting(present, wanted)
    return "differs at \(found), expected \(expected)"
  }
}

extension CreateStatement {
  /// What stands in each of two statements where they part, behind the name.
  static func parting(_ one: CreateStatement, _ other: CreateStatement) -> (String, String) {
    let spelled = [one, other].map { statement in
      (statement.body..<max(statement.body, statement.tokens.count)).map { index in
        var token = CanonicalTokens()
        token.append(statement.tokens[index], of: statement.bytes, joins: true)
        return token.bytes
      }
    }
    let common = zip(spelled[0], spelled[1]).prefix { $0 == $1 }.count
    let lines = [one, other].map { statement in
      let end = min(statement.tokens.count, statement.body + common + 8)
      let start = min(max(statement.body, statement.body + common - 2), end)
      let line = statement.line(start..<end)
      return line.isEmpty ? "its end" : "'\(line)\(end < statement.tokens.count ? " …" : "")'"
    }
    return (lines[0], lines[1])
  }
}
