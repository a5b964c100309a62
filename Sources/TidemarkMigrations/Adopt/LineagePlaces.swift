// The places at which a database can stand in a lineage, each with its schema, and which of them a database is at.
internal import TidemarkSQLite
internal import TidemarkSchema

/// A lineage's schemas, from where it begins to its head.
struct LineagePlaces {
  /// One of them.
  struct Place {
    /// The last migration applied; nil where the lineage begins.
    var id: MigrationID?
    /// Its name, or where the lineage begins.
    var title: String
    var schema: Schema
  }

  /// How a database fits a place.
  struct Fit {
    var place: Place
    /// What is not as it should be, in words; empty where it stands there.
    var differences: [String]
    /// Objects that no migration makes.
    var drift: [String]
    /// Whether the columns of all tables stand in the place's order.
    var isExact: Bool
  }

  let places: [Place]
  /// All objects that any place has, by their key.
  private let known: Set<String>

  /// Runs baseline and migrations on an empty database in memory.
  /// - Throws: `MigrationError.stepFailed` for an upgrade that fails, `.invalidLineage`.
  init(_ lineage: Lineage, isCancelled: @escaping @Sendable () -> Bool) throws {
    if let fault = lineage.fault { throw MigrationError.invalidLineage(fault) }
    let connection = try Connection.inMemory()
    let sandbox = Sandbox(connection)
    try sandbox.enter()
    defer { sandbox.leave() }
    let runner = StepRunner(connection, sandbox)
    var places: [Place] = []
    try connection.transaction(.deferred) {
      if let baseline = lineage.baseline { try runner.create(baseline) }
      var tracker = try SchemaTracker(connection)
      let last = lineage.baseline?.retired.last
      let beginning = last.map { "the baseline, through \($0.id) \($0.name)" } ?? "the baseline"
      if lineage.baseline != nil {
        places.append(Place(id: last?.id, title: beginning, schema: tracker.schema))
      }
      for migration in lineage.migrations {
        if isCancelled() { throw MigrationError.cancelled }
        try runner.apply(migration)
        _ = try tracker.advance(sandbox.takeTouch())
        places.append(
          Place(id: migration.id, title: "\(migration.id) \(migration.name)", schema: tracker.schema))
      }
    }
    self.places = places
    known = Set(places.flatMap { $0.schema.objects.map(ObjectChanges.key) })
  }

  /// How a database's schema fits each of them.
  func fits(_ found: Schema) -> [Fit] { places.map { fit(found, at: $0) } }

  private func fit(_ found: Schema, at place: Place) -> Fit {
    let convergence = Convergence(found: found, head: place.schema)
    // What another place has and this one has not is no operator's.
    let early = convergence.drift.filter { known.contains(ObjectChanges.key($0)) }
    return Fit(
      place: place,
      differences: convergence.differences.flatMap(\.lines) + early.map { "\($0) is there already, or still" },
      drift: convergence.drift.filter { !known.contains(ObjectChanges.key($0)) },
      isExact: convergence.reordered.isEmpty)
  }
}
