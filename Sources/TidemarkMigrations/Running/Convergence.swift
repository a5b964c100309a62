// Did the plan end where it should? Every object of the head is there with the head's loose fingerprint, or nothing
// happened at all. What is there besides is drift, a failed downgrade's leavings, or an alteration.
package import TidemarkSchema
internal import TidemarkSQLite

/// A schema held against a head. Pure.
package struct Convergence {
  /// Objects that no migration made and that change nothing about the head's.
  package private(set) var drift: [String] = []
  /// Tables of the head whose columns stand in another order.
  private(set) var reordered: [String] = []
  /// Ways in which the schema is not the head.
  package private(set) var differences: [Difference] = []

  /// A way in which the schema is not the head.
  package struct Difference {
    /// The object's title, as `ObjectChanges` names it.
    var title: String
    /// What is different, in words, each on its own.
    var lines: [String]

    init(title: String, words: String...) {
      self.title = title
      lines = words
    }

    /// What is different, in words.
    package var words: String { lines.joined(separator: "; ") }
  }

  package init(found: Schema, head: Schema) {
    var rest: [String: SchemaObject] = [:]
    for object in found.objects { rest[ObjectChanges.key(object)] = object }
    for expected in head.objects {
      guard let object = rest.removeValue(forKey: ObjectChanges.key(expected)) else {
        differences.append(Difference(title: expected.title, words: "\(expected.title) is missing"))
        continue
      }
      if object.hasText(of: expected) { continue }
      if object.fingerprint(.loose) != expected.fingerprint(.loose) {
        let words = SchemaDifference.between(
          expected: Schema(objects: [expected]), found: Schema(objects: [object]), kind: .loose
        ).words
        var difference = Difference(title: expected.title, words: "\(expected.title) differs")
        if !words.isEmpty { difference.lines = words }
        differences.append(difference)
      } else if object.type == .table, object.fingerprint(.exact) != expected.fingerprint(.exact) {
        reordered.append(object.name)
      }
    }
    let seen = found.objects.filter { $0.type == .table || $0.type == .view }.map { nameKey($0.name) }
    judge(rest.values.sorted { $0.title < $1.title }, head: head, seen: Set(seen))
  }

  /// - Parameter seen: the keys of the tables and views that the schema shows. What stands on another stands behind a
  ///   virtual table, or on a table of SQLite's or Tidemark's own, where only a forger puts anything.
  private mutating func judge(_ extra: [SchemaObject], head: Schema, seen: Set<String>) {
    let tables = Set(head.objects.filter { $0.type == .table || $0.type == .view }.map { nameKey($0.name) })
    for object in extra {
      let table = nameKey(object.table)
      let onHead = tables.contains(table) || !seen.contains(table)
      switch object.type {
      case .trigger where onHead:
        differences.append(
          Difference(
            title: object.title, words: "\(object.title) on \(object.table) is not of this build: it would run"))
      case .index where onHead && object.isUniqueIndex:
        differences.append(
          Difference(
            title: object.title,
            words: "unique \(object.title) on \(object.table) is not of this build: it would reject rows"))
      default: drift.append(object.title)
      }
    }
  }

  /// Those of the differences and the drift that an undone change is answerable for.
  func leavings(of undone: [Changelog.Entry]) -> (entries: [Changelog.Entry], words: [String]) {
    var guilty: [MigrationID] = []
    var words: [String] = []
    for entry in undone {
      let made = ObjectChanges(json: entry.objects)
      let named = Set(made.all.map(ObjectChanges.key))
      let added = Set(made.added.map(ObjectChanges.key))
      let its =
        differences.filter { named.contains(ObjectChanges.key($0.title)) }.map(\.words)
        + drift.filter { added.contains(ObjectChanges.key($0)) }.map { "\($0) is still there" }
      guard !its.isEmpty else { continue }
      guilty.append(entry.id)
      words += its.filter { !words.contains($0) }
    }
    return (undone.filter { guilty.contains($0.id) }, words)
  }
}

extension SchemaObject {
  /// Whether it is an index that rejects rows.
  var isUniqueIndex: Bool {
    guard type == .index, let sql else { return false }
    var tokens = Tokenizer(sql)
    guard tokens.next() != nil, let second = tokens.next() else { return false }
    return tokens.text(of: second).uppercased() == "UNIQUE"
  }
}
