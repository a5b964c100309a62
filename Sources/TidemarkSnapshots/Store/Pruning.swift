// Retention carried out: what a policy does not keep is removed from the store.
internal import TidemarkSQLite

extension SnapshotStore {
  /// What retention did, or would do.
  public struct PruneReport: Sendable {
    /// Kept, newest first, each with the rules that keep it: "last", "daily", "newest", "pinned: why", "damaged",
    /// "cannot be read" for one that may be whole, "may be needed by ID, which cannot be read" for those before it,
    /// "needs ID, which is missing" for an increment that cannot be restored as things are,
    /// "needed by ID" for one that holds blocks of another that is kept, …
    public var kept: [(entry: Entry, why: [String])]
    /// Removed, newest first.
    public var removed: [Entry]
    /// Whether nothing was touched.
    public var isDryRun: Bool
    /// The bytes of those removed.
    public var bytes: Int64 { removed.reduce(0) { $0 + $1.size } }
  }

  /// Applies a policy.
  ///
  /// No chain is broken: what holds blocks of a snapshot that is kept is kept with it. Spared in any case: the newest sound snapshot, those that are pinned, those that are damaged (they cannot say
  /// whether they are pinned; the report names them), increments that lack what they need, and files that this store has not named.
  /// - Parameters:
  ///   - policy: what to keep.
  ///   - dryRun: whether to decide only.
  /// - Throws: `SnapshotError`: `emptyPolicy`, `storeBusy`, or a file that cannot be removed.
  public func prune(_ policy: RetentionPolicy, dryRun: Bool = false) throws -> PruneReport {
    guard !policy.isEmpty else { throw SnapshotError(.emptyPolicy, at: folder) }
    var report = PruneReport(kept: [], removed: [], isDryRun: dryRun)
    guard try exists else { return report }
    let lock = dryRun ? nil : try StoreLock(folder, files, patience: patience)
    defer { withExtendedLifetime(lock) {} }
    let entries = try list()
    let broken = Self.brokenIncrements(of: entries)
    let sound = entries.filter { ($0.problem == nil || $0.isClosed) && $0.isNamedByStore && broken[$0.id] == nil }
    let reasons = policy.reasons(for: sound.map(\.time))
    // By paths: one id can stand for two files, a plain one and a sealed one.
    var why = Dictionary(zip(sound.map(\.path), reasons), uniquingKeysWith: { first, _ in first })
    if let newest = sound.first, why[newest.path]?.isEmpty == true { why[newest.path] = ["newest"] }
    for entry in entries {
      var rules = why[entry.path] ?? []
      if let pinned = entry.pinned { rules.append("pinned: \(pinned)") }
      if let problem = entry.problem, !entry.isClosed {
        rules.append(problem.isOfItsBytes ? "damaged" : "cannot be read")
      }
      if let lack = broken[entry.id] { rules.append(lack) }
      if !entry.isNamedByStore { rules.append("not named by the store") }
      why[entry.path] = rules
    }
    for entry in entries where why[entry.path]?.isEmpty == false {
      // Newest first, so that one that is kept for another's sake is asked too: all that stays can be restored.
      for path in (entry.manifest?.increment?.needs ?? []).map({ join(folder, $0 + Self.suffix) })
      where why[path]?.isEmpty == true { why[path] = ["needed by \(entry.id)"] }
    }
    // What one needs that cannot be read just now is not known: it may be any that is older.
    if let dark = entries.firstIndex(where: { $0.problem?.isOfItsBytes == false && !$0.isClosed }) {
      for entry in entries[(dark + 1)...] where why[entry.path]?.isEmpty == true {
        why[entry.path] = ["may be needed by \(entries[dark].id), which cannot be read"]
      }
    }
    for entry in entries {
      let rules = why[entry.path] ?? []
      if rules.isEmpty { report.removed.append(entry) } else { report.kept.append((entry, rules)) }
    }
    guard !dryRun, !report.removed.isEmpty else { return report }
    // Newest first: an increment goes before those that it needs, and for good, so a run that is cut short breaks none.
    let sync = { try SnapshotError.naming(folder, "sync it") { try files.syncFolder(folder) } }
    var neededByUnsynced: Set<String> = []
    for entry in report.removed {
      if neededByUnsynced.contains(entry.id) {
        try sync()
        neededByUnsynced = []
      }
      try SnapshotError.naming(entry.path, "remove it") { try files.unlink(entry.path) }
      neededByUnsynced.formUnion(entry.manifest?.increment?.needs ?? [])
    }
    try sync()
    return report
  }

  /// Increments that lack another snapshot, and which. They cannot be restored as things are, so they neither count as
  /// sound nor are removed: what they lack may come back.
  public static func brokenIncrements(of entries: [Entry]) -> [String: String] {
    // Only plain ones are needed by others.
    let plain = entries.filter { !$0.path.hasSuffix(sealedSuffix) }
    let problems = Dictionary(plain.map { ($0.id, $0.problem) }, uniquingKeysWith: { first, _ in first })
    var broken: [String: String] = [:]
    for entry in entries {
      let needs = entry.manifest?.increment?.needs ?? []
      if let missing = needs.first(where: { problems[$0] == nil }) {
        broken[entry.id] = "needs \(missing), which is missing"
      } else if let damaged = needs.first(where: { problems[$0].flatMap { $0 } != nil }) {
        broken[entry.id] = "needs \(damaged), which is damaged"
      }
    }
    return broken
  }
}

extension SnapshotError {
  /// Whether the file's own bytes are at fault, so that it will not be read another time either.
  fileprivate var isOfItsBytes: Bool {
    switch reason {
    case .empty, .foreign, .missing: true
    default: isDamage
    }
  }
}
