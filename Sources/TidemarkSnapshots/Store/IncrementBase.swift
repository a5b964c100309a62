// What an increment is made against: the blocks of its parent, by their hashes.
internal import TidemarkSQLite

/// A snapshot that another one can be an increment of.
struct IncrementBase {
  let parent: SnapshotReader
  private let manifest: Manifest

  /// A base.
  /// - Parameter parent: a snapshot whose tail, and the tails of those that it needs, are whole.
  /// - Returns: nil for one that is not whole.
  init?(_ parent: SnapshotReader) {
    guard parent.isWhole, let manifest = parent.manifest else { return nil }
    self.parent = parent
    self.manifest = manifest
  }

  /// How many snapshots will stand before the increment.
  var depth: Int { (manifest.increment?.depth ?? 0) + 1 }

  /// Why a database cannot be captured as an increment of it; nil when it can.
  /// - Parameter signer: who will sign the increment. What it takes from the base is then held against what the same key
  ///   has signed.
  func obstacle(pageSize: Int, size: Int64, signer: PublicKey? = nil) -> String? {
    if let signer, parent.tree == nil || parent.signature?.key != signer.signing {
      return "\(parent.id) is not signed by the same key"
    }
    if manifest.pageSize != pageSize { return "the page size is another than in \(parent.id)" }
    if size > BlockMap.largestDatabase { return "the database is too large for increments" }
    if (parent.map?.ancestors.count ?? 0) >= BlockMap.mostAncestors { return "\(parent.id) needs too many others" }
    return nil
  }

  /// A map without blocks, which knows the parent and all that the parent needs.
  func emptyMap(plainSize: Int64) -> BlockMap {
    let itself = BlockMap.Ancestor(id: parent.id, digest: parent.digest)
    return BlockMap(plainSize: UInt64(plainSize), ancestors: [itself] + (parent.map?.ancestors ?? []))
  }

  /// Where the parent has a block with this hash and length at this place; nil when it has another there.
  /// - Parameter leaf: its leaf in the hash tree, where the increment will be signed.
  func same(_ block: Int, hash: UInt64, plain: Int, leaf: [UInt8]?) -> BlockMap.Entry? {
    guard block < parent.blockCount, parent.plainLength(of: block) == plain, parent.hash(of: block) == hash,
      leaf.map({ parent.tree?.agrees(block, with: $0) == true }) ?? true
    else { return nil }
    guard let entry = parent.map?[block] else { return BlockMap.Entry(source: 1, place: block, hash: hash) }
    return BlockMap.Entry(source: entry.source + 1, place: entry.place, hash: hash)
  }

  /// What the manifest says of the increment.
  func words(_ map: BlockMap, stored: Int) -> Manifest.Increment {
    Manifest.Increment(
      parentDigest: parent.digest.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(), depth: depth,
      blocks: map.count, stored: stored, needs: map.ancestors.map(\.id))
  }
}
