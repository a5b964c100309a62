// A snapshot as the pages of a database that SQLite reads in place.
public import TidemarkSQLite

/// The pages of a snapshot, with a cache of decoded blocks (8 MiB). Each connection has its own.
final class SnapshotPages: PageSource {
  private static let cachedBlocks = 32

  private struct Cache {
    var slots: [[UInt8]] = []
    /// The block in each slot, −1 for one that failed to fill.
    var blocks: [Int] = []
    var lastUse: [UInt64] = []
    var clock: UInt64 = 0
    var framed = [UInt8](repeating: 0, count: BlockCodec.greatestFramed)
  }
  private let cache = Guarded(Cache())
  private let reader: SnapshotReader

  init(_ reader: SnapshotReader) { self.reader = reader }

  var size: Int64 { reader.plainSize }

  func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int64) throws {
    // The address travels as a number because a lock lets no pointer in; the buffer outlives the call.
    let address = UInt(bitPattern: buffer.baseAddress)
    let wanted = buffer.count
    do {
      try cache.withLock { cache in
        var done = 0
        while done < wanted {
          let place = offset + Int64(done)
          let slot = try Self.slot(for: Int(place / Int64(BlockIndex.blockSize)), &cache, reader)
          let start = Int(place % Int64(BlockIndex.blockSize))
          let count = min(wanted - done, cache.slots[slot].count - start)
          guard count > 0 else { throw SnapshotError(.invalid("a read past the end"), at: reader.path) }
          guard let base = UnsafeMutableRawPointer(bitPattern: address) else { return }
          let target = UnsafeMutableRawBufferPointer(start: base + done, count: count)
          cache.slots[slot].withUnsafeBytes {
            target.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[start..<start + count]))
          }
          done += count
        }
      }
    } catch let error as SnapshotError {
      reader.failure.withLock { $0 = error }
      throw error
    }
  }

  /// The slot that holds a block, filled where need be in place of the one used longest ago.
  private static func slot(for block: Int, _ cache: inout Cache, _ reader: SnapshotReader) throws -> Int {
    cache.clock += 1
    if let slot = cache.blocks.firstIndex(of: block) {
      cache.lastUse[slot] = cache.clock
      return slot
    }
    let slot: Int
    if cache.slots.count < cachedBlocks {
      slot = cache.slots.count
      cache.slots.append([])
      cache.blocks.append(-1)
      cache.lastUse.append(0)
    } else {
      slot = cache.lastUse.indices.min { cache.lastUse[$0] < cache.lastUse[$1] } ?? 0
    }
    cache.blocks[slot] = -1
    try reader.readBlock(block, framed: &cache.framed, into: &cache.slots[slot])
    cache.blocks[slot] = block
    cache.lastUse[slot] = cache.clock
    return slot
  }
}

extension SnapshotReader {
  /// Opens the snapshot as a read-only database, in place: pages are decoded as they are read, and each block is checked.
  ///
  /// Sorts that outgrow SQLite's cache use temporary files of the platform, as with any database. Where a block is
  /// damaged a statement fails with an I/O error, and `lastFailure` has the reason.
  /// - Returns: a connection that keeps the snapshot open; any number of them can be had.
  /// - Throws: `SnapshotError` for a database without a page, `SQLiteError` when it cannot be opened.
  public func openConnection() throws -> Connection {
    try openAncestors()
    return try SnapshotError.naming(path, "open it in place") {
      try Connection(reading: SnapshotPages(self))
    }
  }

  /// Lays an overlay over the snapshot: a database that can be written, while the snapshot is only read, in place.
  /// - Parameters:
  ///   - target: what is written goes to files without a name beside this database.
  ///   - files: the file system of those.
  /// - Returns: for one connection, `Connection(over:)`; the snapshot stays open for as long as it lives.
  /// - Throws: `SnapshotError` for a parent that is not there, `SwapError` for a target that cannot be told.
  package func overlay(beside target: String, files: any FileSystem) throws -> Overlay {
    try openAncestors()
    return Overlay(
      over: SnapshotPages(self), beside: try SwapPlace(target, files: files).restorePrefix, files: files)
  }

  /// Why the last read through a connection failed; nil when none has.
  public var lastFailure: SnapshotError? { failure.withLock { $0 } }
}
