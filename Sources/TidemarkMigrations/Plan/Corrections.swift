// Downgrades that this build has corrected: a plan that undoes such a change runs the correction, not what is stored.

extension Lineage {
  /// Whether this build has another downgrade for an entry than the database.
  func corrects(_ entry: Changelog.Entry) -> Bool {
    self[entry.id].map { $0.revision > entry.revision } ?? false
  }

  /// Entries as they stand once this build's corrections are stored; nil where one of these cannot be told, which storing it
  /// will say.
  func corrected(_ entries: [Changelog.Entry]) -> [Changelog.Entry]? {
    let ids = Set(entries.filter(corrects).map(\.id))
    guard !ids.isEmpty else { return entries }
    guard let known = try? downgrades(of: ids) else { return nil }
    return entries.map { entry in
      guard let downgrade = known[entry.id], let migration = self[entry.id], let digest = upgradeDigests[entry.id],
        !downgrade.isRecorded
      else { return entry }
      var entry = entry
      entry.correct(
        downgrade, revision: migration.revision, digest: digest, proof: knownVerdict(of: migration)?.description)
      return entry
    }
  }
}

extension Changelog.Entry {
  /// Takes a corrected downgrade in the place of the one that is stored.
  mutating func correct(_ downgrade: Downgrade, revision: Int, digest: String, proof: String?) {
    self.downgrade = downgrade.sql
    irreversible = downgrade.reason
    self.revision = revision
    upgradeDigest = digest
    self.proof = proof
  }
}
