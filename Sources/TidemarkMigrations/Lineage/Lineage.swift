// All that a build knows: its name, its baseline, its migrations in order, and the schema they end at.
internal import Synchronization
package import TidemarkSQLite
public import TidemarkSchema

/// What a build was compiled for.
public struct Lineage: Sendable {
  /// The name that keeps one service's databases from another's.
  public let name: String
  /// Where a new database starts; nil for an empty one.
  public let baseline: Baseline?
  /// The migrations, in id order.
  public let migrations: [any Migration]
  /// The ids of the migrations, in order.
  public let ids: [MigrationID]
  /// The digest of each migration's upgrade, by id. Made when first asked for.
  public var upgradeDigests: [MigrationID: String] { digests.upgrades }
  /// A digest of everything that decides a plan, by its meaning: white space and comments do not count. Made when first
  /// asked for.
  public var digest: String { digests.whole }
  /// A digest of the same to the letter. With it equal the other one is, and it takes a fraction of the time.
  package let textDigest: String
  /// What makes it unusable, in words; nil when it is sound.
  public let fault: String?

  /// The oldest SQLite among this service's builds, such as 3037000: downgrades that are stored must run on it. From the
  /// line `sqlite 3.37.0` of `Migrations/lineage.sum`.
  public let oldestSQLite: Int32

  /// By id, the revisions of the migrations that a prefix leaves out.
  private(set) var later: [MigrationID: Int] = [:]
  private let headSQL: String?
  /// By id, the digest of the Swift tokens of each migration's file when this build was compiled.
  package let sources: [MigrationID: String]
  /// By id, what the sum vouches for.
  package let proofs: [MigrationID: Verdict]
  private let made = Once<LineageDigests>()
  private let head = Once<Schema>()
  private let plain = PlainCache()

  /// A lineage put together by hand, as tests do. Its head is what its migrations make.
  public init(name: String, migrations: [any Migration]) {
    self.init(name: name, migrations: migrations, baseline: nil, head: nil, sources: [:])
  }

  /// A lineage with a baseline, or as the build plugin writes it.
  /// - Parameters:
  ///   - name: the first line of `Migrations/lineage.sum`.
  ///   - migrations: in any order.
  ///   - baseline: from `schema.sql` and `Migrations/retired.sql`.
  ///   - head: the text of `Migrations/head.sql` where the sum agrees with it; nil to learn the head by running.
  ///   - sources: by id, the digest of the Swift tokens of each migration's file; decides whether a `.run` was edited.
  ///   - proofs: by id, the verdicts that `Migrations/lineage.sum` keeps, as ``Verdict`` writes them, where the migration
  ///     and all that comes before it are as they were proven.
  ///   - oldestSQLite: the oldest SQLite that a stored downgrade has to run on, such as 3037000.
  public init(
    name: String, migrations: [any Migration], baseline: Baseline?, head: String?, sources: [MigrationID: String],
    proofs: [MigrationID: String] = [:], oldestSQLite: Int32 = Lineage.leastSQLite
  ) {
    // A type's name is taken apart at each look at its id: look once.
    let numbered = migrations.map { (id: $0.id, migration: $0) }.sorted { $0.id < $1.id }
    let ids = numbered.map(\.id)
    let ordered = numbered.map(\.migration)
    self.name = name
    self.migrations = ordered
    self.ids = ids
    self.baseline = baseline
    self.textDigest = LineageDigests.ofText(name, baseline, ordered, ids, sources)
    self.oldestSQLite = oldestSQLite
    self.headSQL = head
    self.sources = sources
    self.proofs = proofs.compactMapValues(Verdict.init)
    self.fault = Self.fault(in: ordered, ids, name: name, baseline: baseline)
  }

  private static func fault(
    in ordered: [any Migration], _ ids: [MigrationID], name: String, baseline: Baseline?
  ) -> String? {
    if name.isEmpty { return "the lineage has no name" }
    if let place = ids.firstIndex(where: { $0.rawValue < 1 }) {
      return "\(type(of: ordered[place])) has no id: name the type V<number>_<Name>, or state `id`"
    }
    for place in ids.indices.dropFirst() where ids[place] == ids[place - 1] {
      return "id \(ids[place]) is used twice: by \(ordered[place - 1].name) and by \(ordered[place].name)"
    }
    let retired = baseline?.retiredIDs ?? []
    if let place = ids.firstIndex(where: retired.contains) {
      return "\(ids[place]) \(ordered[place].name) is folded into the baseline and still compiled in: delete its file"
    }
    return nil
  }

  private var digests: LineageDigests { made.value { LineageDigests(name, baseline, migrations, ids, sources) } }

  /// The migration with an id; nil when the lineage has none.
  public subscript(id: MigrationID) -> (any Migration)? {
    var low = 0
    var high = ids.count
    while low < high {
      let middle = (low + high) / 2
      if ids[middle] < id { low = middle + 1 } else { high = middle }
    }
    return low < ids.count && ids[low] == id ? migrations[low] : nil
  }

  /// What is known of a migration's downgrade before anything runs: from the sum, or by what its statements mean.
  package func knownVerdict(of migration: any Migration) -> Verdict? {
    if migration.downgrade.reason != nil { return nil }
    return proofs[migration.id] ?? plain.verdict(of: migration)
  }

  /// The lineage an earlier build had: the same, without what comes after an id.
  /// - Parameter id: the last migration kept; below the first for the baseline alone.
  public func prefix(through id: MigrationID) -> Lineage {
    if let last = ids.last, last <= id { return self }
    var prefix = Lineage(
      name: name, migrations: migrations.filter { $0.id <= id }, baseline: baseline, head: nil, sources: sources,
      proofs: proofs.mapValues(\.description), oldestSQLite: oldestSQLite)
    prefix.later = later
    for migration in migrations where migration.id > id { prefix.later[migration.id] = migration.revision }
    return prefix
  }

  /// The lineage that a later build has: the same, with what comes after it.
  /// - Parameter later: migrations of that build; those that the plugin has not seen state a revision for their code.
  public func adding(_ later: [any Migration]) -> Lineage {
    // What stands behind one that was not there has not been proven behind it.
    let first = later.map(\.id).min()
    let proofs = proofs.filter { proof in first.map { proof.key < $0 } ?? true }.mapValues(\.description)
    return Lineage(
      name: name, migrations: migrations + later, baseline: baseline, head: nil, sources: sources, proofs: proofs,
      oldestSQLite: oldestSQLite)
  }

  /// The lineage a build has when the migrations that a baseline folds are no longer compiled in.
  package func folded(into baseline: Baseline) -> Lineage {
    let retired = baseline.retiredIDs
    return Lineage(
      name: name, migrations: migrations.filter { !retired.contains($0.id) }, baseline: baseline, head: headSQL,
      sources: sources, proofs: proofs.mapValues(\.description), oldestSQLite: oldestSQLite)
  }

  /// The schema after the last migration, learnt once.
  ///
  /// From `head.sql` where the build has it, else by running baseline and migrations on an empty database in memory.
  /// - Parameter isCancelled: asked while the migrations run; true ends it.
  /// - Throws: `MigrationError.stepFailed` when a migration fails there, `.cancelled`, `SQLiteError` when `head.sql` fails.
  public func headSchema(isCancelled: @escaping @Sendable () -> Bool = { false }) throws -> Schema {
    if let fault { throw MigrationError.invalidLineage(fault) }
    return try head.value {
      if let headSQL { return try HeadText.schema(of: headSQL) ?? Schema.make(running: headSQL) }
      let connection = try Connection.inMemory()
      try build(on: connection, isCancelled: isCancelled)
      return try Schema.read(from: connection)
    }
  }

  /// Runs baseline and migrations on an empty database, without a changelog.
  /// - Throws: `MigrationError.stepFailed` for the one that fails.
  package func build(on connection: Connection, isCancelled: @escaping @Sendable () -> Bool = { false }) throws {
    let sandbox = Sandbox(connection)
    let work = try WorkBound(connection, sandbox, bounded: false, isCancelled: isCancelled, tick: {})
    try sandbox.enter()
    work.start()
    defer {
      work.stop()
      sandbox.leave()
    }
    // In a transaction, as in earnest, so that code which ends it is caught here too.
    do {
      try connection.transaction(.deferred) {
        if let baseline { try StepRunner(connection, sandbox).create(baseline) }
        for migration in migrations { try StepRunner(connection, sandbox).apply(migration, backfilling: true) }
      }
    } catch {
      throw work.explain(error)
    }
  }

  /// The schema that a new database starts from.
  /// - Throws: `SQLiteError` when `schema.sql` fails.
  public func baselineSchema() throws -> Schema {
    guard let baseline else { return Schema(objects: []) }
    return try Schema.make(running: baseline.schema)
  }
}

/// What migrations' statements mean, read off them at most once: a plan is made twice.
private final class PlainCache: Sendable {
  private let known = Mutex<[MigrationID: Verdict?]>([:])

  func verdict(of migration: any Migration) -> Verdict? {
    known.withLock { known in
      if let verdict = known[migration.id] { return verdict }
      let verdict = PlainPair.verdict(of: migration)
      known[migration.id] = .some(verdict)
      return verdict
    }
  }
}
