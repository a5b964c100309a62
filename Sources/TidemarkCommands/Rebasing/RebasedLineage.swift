// The lineage that will be compiled from the moved files, put together before anybody has compiled it: from what this build
// knows under the old numbers, and from the text of files that hold nothing but SQL.

import Tidemark

/// What the files come to, as far as it can be told without a compiler.
struct RebasedLineage {
  /// A migration's file under its number, with its text as it will be.
  struct File: Sendable {
    var id: MigrationID
    var name: String
    /// The number that this build may know it by.
    var oldID: MigrationID
    /// The digest of its text as it is, and as it will be.
    var oldDigest: String
    var digest: String
    /// What the text says.
    var source: MigrationSource
  }

  /// The files, by number.
  let files: [File]
  /// What a compiler has to tell: code that this build does not have.
  private(set) var unknown: [File] = []
  /// The lineage; not to be used where something is unknown.
  let lineage: Lineage

  /// - Parameters:
  ///   - build: what this tool was compiled for.
  ///   - sums: where the lineage's name and proofs that may still hold are written.
  init(_ files: [File], build: Lineage, baseline: Baseline?, sums: [LineageSum]) {
    self.files = files.sorted { $0.id < $1.id }
    var migrations: [any Migration] = []
    for file in self.files {
      if let compiled = build[file.oldID], build.sources[file.oldID] == file.oldDigest {
        migrations.append(StatedMigration(compiled, id: file.id))
      } else if let read = StatedMigration(file.source, id: file.id, name: file.name) {
        migrations.append(read)
      } else {
        unknown.append(file)
      }
    }
    let sqlite = sums.compactMap(\.oldestSQLite).max() ?? Lineage.leastSQLite
    lineage = Lineage(
      name: sums.lazy.compactMap(\.name).first ?? build.name, migrations: migrations, baseline: baseline, head: nil,
      sources: Dictionary(self.files.map { ($0.id, $0.digest) }, uniquingKeysWith: { $1 }),
      proofs: Self.proofs(self.files, baseline: baseline, sums), oldestSQLite: sqlite)
  }

  /// The verdicts whose seals hold for the files as they will be: of migrations that nothing has moved before.
  private static func proofs(_ files: [File], baseline: Baseline?, _ sums: [LineageSum]) -> [MigrationID: String] {
    var held: [MigrationID: String] = [:]
    var seal = ProofSeal(baseline: baseline?.schema)
    for file in files {
      seal.add(file.digest)
      let candidates = sums.flatMap(\.entries).filter { $0.id == file.id.rawValue }.compactMap(\.proof)
      held[file.id] = candidates.first { seal.seal($0.verdict) == $0.seal }?.verdict
    }
    return held
  }

  /// A sum without what only the whole lineage tells: its head, and proofs of what was moved.
  var partialSum: LineageSum {
    var seal = ProofSeal(baseline: lineage.baseline?.schema)
    return LineageSum(
      name: lineage.name, oldestSQLite: lineage.oldestSQLite == Lineage.leastSQLite ? nil : lineage.oldestSQLite,
      entries: files.map { file in
        seal.add(file.digest)
        let verdict = lineage.proofs[file.id]?.description
        return .init(
          id: file.id.rawValue, name: file.name, digest: file.digest,
          proof: verdict.map { .init(verdict: $0, seal: seal.seal($0)) })
      }, head: nil)
  }
}

extension StatedMigration {
  /// A migration read off its file; nil where that holds anything but plain SQL.
  fileprivate init?(_ source: MigrationSource, id: MigrationID, name: String) {
    guard case .literal(let upgrade)? = source.body(of: "upgrade"), !source.has("id"), !source.has("name") else {
      return nil
    }
    var revision = 0
    if source.has("revision") {
      guard case .number(let digits)? = source.body(of: "revision"), let number = Int(digits) else { return nil }
      revision = number
    }
    var attic = AtticPolicy.keep
    if source.has("attic") {
      guard case .member(let word)? = source.body(of: "attic"), word == "off" || word == "keep" else { return nil }
      attic = word == "off" ? .off : .keep
    }
    var downgrade = Downgrade.derived
    if source.has("downgrade") {
      switch source.body(of: "downgrade") {
      case .literal(let sql)?: downgrade = Downgrade(sql)
      case .member("derived")?: downgrade = .derived
      case .member("recorded")?: downgrade = .recorded
      case .call("irreversible", let why)?: downgrade = .irreversible(why)
      default: return nil
      }
    }
    self.init(
      id: id, name: name, revision: revision, upgrade: Upgrade(upgrade), downgrade: downgrade, attic: attic)
  }
}
