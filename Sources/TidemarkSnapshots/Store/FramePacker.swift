// Reads the pages of a frozen database in order and packs them on all cores into one LZ4 frame.
internal import Synchronization
internal import TidemarkSQLite

/// Writes the frame of a snapshot.
///
/// One lock orders the reads, which go through one file handle, and feeds the content checksum. Outside of it each worker
/// packs its 1 MiB; a turnstile lets the packed chunks out in order. Memory: two buffers of 1 MiB a worker.
struct FramePacker {
  let frozen: FrozenDatabase
  let output: OutputFile
  let level: Int
  let workers: Int

  /// What was written.
  struct Result {
    var index: BlockIndex
    var contentChecksum: UInt32
    var changeCounter: UInt32
    var zeroedPages: Int64
  }

  /// What the workers share: the reading side under `reading`, the writing side behind the turnstile.
  ///
  /// Unchecked because those two locks guard it, which the compiler cannot see. The connection stands still meanwhile.
  private final class Shared: @unchecked Sendable {
    let file: RawFile
    let size: Int64
    let pageSize: Int
    let unused: UnusedPages
    let reading = Mutex<Int>(0)
    let content = ContentSum()
    var changeCounter: UInt32 = 0
    var index = BlockIndex()
    var offset = Int64(FrameHeader.writtenLength)

    init(_ file: RawFile, _ frozen: FrozenDatabase, _ unused: UnusedPages) {
      self.file = file
      size = frozen.size
      pageSize = frozen.pageSize
      self.unused = unused
      index.reserve(Int(frozen.size / Int64(BlockIndex.blockSize)) + 1)
    }

    /// Reads the next chunk; nil when there is none.
    func next(into buffer: UnsafeMutableRawBufferPointer) throws -> (chunk: Int, count: Int)? {
      try reading.withLock { next in
        let start = Int64(next) * Int64(BlockPump.chunkLength)
        guard start < size else { return nil }
        let count = Int(min(Int64(BlockPump.chunkLength), size - start))
        let bytes = UnsafeMutableRawBufferPointer(rebasing: buffer[..<count])
        try file.read(into: bytes, at: start)
        if next == 0 { changeCounter = UnsafeRawBufferPointer(bytes).bigEndian32(at: 24) ?? 0 }
        if unused.count > 0 { clear(bytes, start) }
        content.update(UnsafeRawBufferPointer(bytes))
        defer { next += 1 }
        return (next, count)
      }
    }

    /// Fills unused pages with zeros. Pages never straddle chunks: their sizes divide 1 MiB.
    private func clear(_ bytes: UnsafeMutableRawBufferPointer, _ start: Int64) {
      let first = start / Int64(pageSize) + 1
      for place in 0..<bytes.count / pageSize where unused.contains(first + Int64(place)) {
        let page = UnsafeMutableRawBufferPointer(rebasing: bytes[place * pageSize..<(place + 1) * pageSize])
        page.initializeMemory(as: UInt8.self, repeating: 0)
      }
    }
  }

  /// Packs everything and ends the frame.
  func pack(_ meter: ProgressMeter) throws -> Result {
    try FrameHeader(contentSize: UInt64(frozen.size)).bytes.withUnsafeBytes { try output.write($0, at: 0) }
    guard let file = frozen.file else {
      try end(BlockIndex(), ContentSum().value)
      return Result(index: BlockIndex(), contentChecksum: ContentSum().value, changeCounter: 0, zeroedPages: 0)
    }
    let unused = try SnapshotError.naming(frozen.connection.path, "read its freelist") { try UnusedPages(frozen) }
    let shared = Shared(file, frozen, unused)
    let signal = StopSignal()
    let turnstile = Turnstile(signal)
    let chunks = (frozen.size + Int64(BlockPump.chunkLength) - 1) / Int64(BlockPump.chunkLength)
    try SnapshotError.naming(frozen.connection.path, "read it") { [output, level] in
      try Workers.run(max(1, min(workers, Int(chunks))), stopping: signal) { _ in
        let input = Buffer(BlockPump.chunkLength)
        let packed = Buffer(BlockPump.chunkBlocks * BlockCodec.greatestFramed)
        while !signal.isStopped, let (chunk, count) = try shared.next(into: input.bytes) {
          var blocks: [(BlockCodec.Packed, UInt32)] = []
          var made = 0
          for start in stride(from: 0, to: count, by: BlockIndex.blockSize) {
            let plain = UnsafeRawBufferPointer(
              rebasing: input.bytes[start..<min(start + BlockIndex.blockSize, count)])
            let block = BlockCodec.pack(
              plain, into: UnsafeMutableRawBufferPointer(rebasing: packed.bytes[made...]), level: level)
            made += block.framed
            blocks.append((block, UInt32(plain.count)))
          }
          let went = try turnstile.pass(chunk) {
            try output.write(UnsafeRawBufferPointer(rebasing: packed.bytes[..<made]), at: shared.offset)
            for (block, plain) in blocks {
              shared.index.append(
                BlockIndex.Entry(offset: UInt64(shared.offset), word: block.word, plain: plain, hash: block.hash))
              shared.offset += Int64(block.framed)
            }
            try meter.add(count)
          }
          guard went else { break }
        }
      }
    }
    try end(shared.index, shared.content.value)
    return Result(
      index: shared.index, contentChecksum: shared.content.value, changeCounter: shared.changeCounter,
      zeroedPages: unused.count)
  }

  private func end(_ index: BlockIndex, _ sum: UInt32) throws {
    var bytes: [UInt8] = []
    bytes.append(number: UInt32(0))
    bytes.append(number: sum)
    try bytes.withUnsafeBytes { try output.write($0, at: Int64(index.frameEnd) - 8) }
  }
}
