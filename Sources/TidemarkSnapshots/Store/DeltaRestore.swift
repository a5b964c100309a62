// A restore over a database of which most is the same already: the file system shares what is equal, and only blocks
// that differ are written.
internal import TidemarkSQLite

/// The database that a restore is to replace, held still, as the source of blocks that need not be written again.
///
/// What it holds need not be sound: a block is taken only when it hashes to what the snapshot says of it.
struct DeltaRestore {
  private let target: InputFile
  private let frozen: FrozenDatabase

  /// Holds the database still.
  /// - Parameters:
  ///   - path: the database in place.
  ///   - pageSize: that of the snapshot, in bytes.
  /// - Returns: nil where blocks cannot be compared: nothing is there, this process has it open, it cannot be read, its WAL
  ///   is not wholly in the file, or the page size is another. Then a full restore has to do.
  init?(over path: String, pageSize: Int, _ files: any FileSystem) throws {
    guard let status = try SnapshotError.naming(path, "examine it", { try files.status(path, followLinks: true) }),
      status.kind == .file, status.size >= DatabaseHeader.length,
      // Closing a second descriptor would drop the locks that a connection of this process has.
      !FileHolder.isThisProcess(path)
    else { return nil }
    do {
      // Opened before the connection and closed after it, for the same reason.
      target = try InputFile(path, files)
      guard let frozen = try FrozenDatabase.attempt(path, 0) else { return nil }
      guard frozen.file != nil, frozen.pageSize == pageSize else {
        frozen.end()
        return nil
      }
      self.frozen = frozen
    } catch is SnapshotError {
      // Damaged, encrypted or locked: nothing to build on, and the restore itself finds out what stands in its way.
      return nil
    }
  }

  /// Makes the output a copy of the database that shares its room, and overwrites the blocks that differ.
  /// - Returns: the bytes that were not written; nil where the file system cannot share, and nothing was done.
  /// - Throws: `SnapshotError`; the output is then of no use.
  func run(
    _ reader: SnapshotReader, to output: OutputFile, workers: Int, _ meter: ProgressMeter
  ) throws -> Int64? {
    defer { frozen.end() }
    guard try output.clone(target) else { return nil }
    try output.truncate(to: reader.plainSize)
    try reader.openAncestors()
    let next = SharedCounter()
    let signal = StopSignal()
    let shared = Guarded<Int64>(0)
    try Workers.run(max(1, min(workers, reader.blockCount)), stopping: signal) { [target] _ in
      // One block at a time: what was read is still in the core's cache when it is hashed.
      let there = Buffer(BlockIndex.blockSize)
      let framed = Buffer(BlockCodec.greatestFramed)
      var equal: Int64 = 0
      while !signal.isStopped {
        let block = next.next()
        guard block < reader.blockCount else { break }
        let length = reader.plainLength(of: block)
        let offset = Int64(block) * Int64(BlockIndex.blockSize)
        let bytes = UnsafeMutableRawBufferPointer(rebasing: there.bytes[..<length])
        if try target.readSome(into: bytes, at: offset) == length, let hash = reader.hash(of: block),
          Checksum.xxh3(UnsafeRawBufferPointer(bytes)) == hash, reader.isProven(block, UnsafeRawBufferPointer(bytes))
        {
          equal += Int64(length)
        } else {
          try reader.read(block, through: framed.bytes, into: bytes)
          try output.write(UnsafeRawBufferPointer(bytes), at: offset)
        }
        try meter.add(length)
      }
      shared.withLock { [equal] in $0 += equal }
    }
    return shared.withLock { $0 }
  }
}
