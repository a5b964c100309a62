// An operator's index goes with the table that a rebuild drops. It is made again, or the plan fails.
internal import TidemarkSchema
internal import TidemarkSQLite

/// Knows which objects were there before the plan and no migration had made.
struct DriftKeeper {
  private let before: Schema
  private let entries: [Changelog.Entry]
  private let lineage: Lineage
  /// What was there before and no migration had made, once it is asked for.
  private var foreign: Set<String>?

  init(before: Schema, changelog: Changelog?, lineage: Lineage) {
    self.before = before
    self.entries = changelog?.unfolded ?? []
    self.lineage = lineage
  }

  /// Whether an object was there before and no migration had made it.
  mutating func isDrift(_ object: SchemaObject) throws -> Bool {
    if foreign == nil {
      let made = try made(head: lineage.headSchema())
      foreign = Set(before.objects.map(ObjectChanges.key)).subtracting(made)
    }
    return foreign?.contains(ObjectChanges.key(object)) ?? false
  }

  /// Triggers that no migration made and that compile as they are, by their key: one that breaks makes every write to its
  /// table fail.
  ///
  /// SQLite does not look into the bodies of triggers on other tables when a column or a table is dropped.
  mutating func holding(_ compilation: Compilation) throws -> Set<String> {
    var holding: Set<String> = []
    for object in before.objects where object.type == .trigger {
      guard try isDrift(object), try compilation.fault(of: object, as: .stored) == nil else { continue }
      holding.insert(ObjectChanges.key(object))
    }
    return holding
  }

  /// The error of a step, put down to an operator's object where SQLite names one.
  ///
  /// ALTER TABLE compiles all that stands on the schema, and says for example "error in index operators after drop
  /// column: no such column: b".
  mutating func explain(_ error: any Error, in schema: Schema) throws -> any Error {
    guard case .stepFailed(let failure)? = error as? MigrationError, failure.cause.hasPrefix("error in ") else {
      return error
    }
    let named = schema.objects.filter {
      failure.cause.hasPrefix("error in \($0.title) ") || failure.cause.hasPrefix("error in \($0.title):")
    }
    guard let object = named.max(by: { $0.title.utf8.count < $1.title.utf8.count }), try isDrift(object) else {
      return error
    }
    let place = object.type == .view || object.type == .table ? "" : " on \(object.table)"
    return MigrationError.inTheWay(object: object.title + place, failure)
  }

  /// The objects that migrations make.
  private func made(head: Schema) throws -> Set<String> {
    var made = Set(head.objects.map(ObjectChanges.key))
    made.formUnion(try lineage.baselineSchema().objects.map(ObjectChanges.key))
    for entry in entries { made.formUnion(ObjectChanges(json: entry.objects).added.map(ObjectChanges.key)) }
    return made
  }

  /// What the operator had and the plan took with a table that it made anew.
  func lost(in now: Schema, head: Schema) throws -> [SchemaObject] {
    let here = Set(now.objects.map(ObjectChanges.key))
    let gone = before.objects.filter { !here.contains(ObjectChanges.key($0)) && $0.type != .table && $0.sql != nil }
    guard !gone.isEmpty else { return [] }
    let made = try made(head: head)
    let tables = Set(now.objects.filter { $0.type == .table || $0.type == .view }.map { $0.name.lowercased() })
    return gone.filter { !made.contains(ObjectChanges.key($0)) && tables.contains($0.table.lowercased()) }
  }
}
