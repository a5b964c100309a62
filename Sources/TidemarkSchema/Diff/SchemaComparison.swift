// Compares two schemas object by object.

/// The comparison of two schemas.
struct SchemaComparison {
  private struct Key: Hashable {
    var type: ObjectType
    var name: String
    init(_ type: ObjectType, _ name: String) { (self.type, self.name) = (type, folded(name)) }
  }

  private let from: Schema
  private let to: Schema
  private let renames: SchemaRenames

  init(from: Schema, to: Schema, renames: SchemaRenames) {
    self.from = from
    self.to = to
    self.renames = renames
  }

  var changes: [SchemaChange] {
    var present: [Key: SchemaObject] = [:]
    for object in from.objects { present[Key(object.type, object.name)] = object }
    var changes: [SchemaChange] = []
    var kept: Set<Key> = []
    for object in to.objects {
      let rename = object.type == .table ? renames.tables.first { folded($0.to) == folded(object.name) } : nil
      let key = Key(object.type, rename?.from ?? object.name)
      guard let old = present[key] else {
        changes.append(SchemaChange(kind: .added, type: object.type, name: object.name, details: []))
        continue
      }
      kept.insert(key)
      if let change = change(of: old, to: object, isRenamed: rename != nil) { changes.append(change) }
    }
    for object in from.objects where !kept.contains(Key(object.type, object.name)) {
      changes.append(SchemaChange(kind: .removed, type: object.type, name: object.name, details: []))
    }
    return changes.sorted(by: SchemaChange.precedes)
  }

  private func change(of old: SchemaObject, to new: SchemaObject, isRenamed: Bool) -> SchemaChange? {
    let columns = renames.columns.filter { folded($0.table.to) == folded(new.name) }
    let isSame = columns.isEmpty && AlterationMaker.isSame(old, new)
    if isSame, !isRenamed { return nil }
    let details = isSame ? [] : Self.details(from: old, to: new, renames: columns, isRenamed: isRenamed)
    if details.isEmpty, !isRenamed { return nil }
    return SchemaChange(
      kind: isRenamed ? .renamed : .changed, type: new.type, name: new.name, formerName: isRenamed ? old.name : nil,
      details: details)
  }

  /// How an object differs, at least one phrase, but for a table that only has another name.
  private static func details(
    from old: SchemaObject, to new: SchemaObject, renames: [SchemaRenames.Column], isRenamed: Bool
  ) -> [String] {
    if let old = Schema.Table(old), let new = Schema.Table(new) {
      let words = TableComparison(from: old, to: new, renames: renames).words
      if !words.isEmpty || isRenamed { return words }
    } else if let old = Schema.Module(old), let new = Schema.Module(new) {
      let words = arguments(old, new)
      if !words.isEmpty { return words }
    } else if let old = Schema.Index(old), let new = Schema.Index(new) {
      let words = index(old, new)
      if !words.isEmpty { return words }
    } else if let old = Schema.Trigger(old), let new = Schema.Trigger(new) {
      let words = trigger(old, new)
      if !words.isEmpty { return words }
    } else if old.type == .table {
      return [Schema.Table(new) == nil ? "becomes a virtual table" : "becomes an ordinary table"]
    }
    let (before, after) = CreateStatement.parting(CreateStatement(old.sql ?? ""), CreateStatement(new.sql ?? ""))
    return ["\(before) -> \(after)"]
  }

  private static func arguments(_ old: Schema.Module, _ new: Schema.Module) -> [String] {
    if old.module != new.module { return ["module \(old.module) -> \(new.module)"] }
    return old.arguments.filter { !new.arguments.contains($0) }.map { "\($0) removed" }
      + new.arguments.filter { !old.arguments.contains($0) }.map { "\($0) added" }
  }

  private static func index(_ old: Schema.Index, _ new: Schema.Index) -> [String] {
    var words: [String] = []
    if folded(old.table) != folded(new.table) { words.append("on \(old.table) -> on \(new.table)") }
    if old.isUnique != new.isUnique { words.append(new.isUnique ? "UNIQUE added" : "UNIQUE removed") }
    let terms = [old.terms, new.terms].map { $0.map(\.words).joined(separator: ", ") }
    if folded(terms[0]) != folded(terms[1]) { words.append("(\(terms[0])) -> (\(terms[1]))") }
    if old.condition != new.condition {
      switch (old.condition, new.condition) {
      case (nil, let new?): words.append("WHERE \(new) added")
      case (let old?, nil): words.append("WHERE \(old) removed")
      case (let old, let new): words.append("WHERE \(old ?? "") -> WHERE \(new ?? "")")
      }
    }
    return words
  }

  private static func trigger(_ old: Schema.Trigger, _ new: Schema.Trigger) -> [String] {
    var words: [String] = []
    if folded(old.table) != folded(new.table) { words.append("on \(old.table) -> on \(new.table)") }
    let times = [old, new].map { "\($0.time.rawValue) \($0.event.rawValue)".uppercased() }
    if times[0] != times[1] { words.append("\(times[0]) -> \(times[1])") }
    let columns = [old, new].map { $0.columns.isEmpty ? "any column" : "OF \($0.columns.joined(separator: ", "))" }
    if folded(columns[0]) != folded(columns[1]) { words.append("\(columns[0]) -> \(columns[1])") }
    let conditions = [old, new].map { $0.condition.map { "WHEN \($0)" } ?? "no WHEN" }
    if conditions[0] != conditions[1] { words.append("\(conditions[0]) -> \(conditions[1])") }
    if old.body != new.body {
      let (before, after) = CreateStatement.parting(
        CreateStatement("CREATE TRIGGER t \(old.body)"), CreateStatement("CREATE TRIGGER t \(new.body)"))
      words.append("body \(before) -> \(after)")
    }
    return words
  }
}

extension Schema.Constraint.Term {
  /// The term as it would be written.
  fileprivate var words: String {
    expression + (collation.map { " COLLATE \($0)" } ?? "") + (isDescending ? " DESC" : "")
  }
}
