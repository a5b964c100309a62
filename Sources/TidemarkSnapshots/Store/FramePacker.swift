// Reads the pages of a frozen database in order and packs them on all cores into one LZ4 frame.
internal import Synchronization
internal import TidemarkSQLite

/// Writes the frame of a snapshot.
///
/// One lock orders the reads, which go through one file handle, and feeds the content checksum. Outside of it each worker
/// packs its 512 KiB; a turnstile lets the packed chunks out in order, to a thread that writes. Memory: two buffers of
/// 512 KiB a worker, and three of 1 MiB on their way to the disk.
///
/// With a base, each block is hashed first, and one that the base has at the same place is neither packed nor written.
struct FramePacker {
  let frozen: FrozenDatabase
  let output: OutputFile
  let level: Int
  let workers: Int
  var base: IncrementBase?

  /// What was written.
  struct Result {
    var index: BlockIndex
    /// Where the blocks of the database are; nil where the frame has them all.
    var map: BlockMap?
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
    var index: BlockIndex
    var map: BlockMap?
    let isIncrement: Bool
    var offset: Int64

    init(_ file: RawFile, _ frozen: FrozenDatabase, _ unused: UnusedPages, _ map: BlockMap?) {
      self.map = map
      isIncrement = map != nil
      index = BlockIndex(isIncrement: map != nil)
      offset = Int64(FrameHeader.length(isIncrement: map != nil))
      self.file = file
      size = frozen.size
      pageSize = frozen.pageSize
      self.unused = unused
      if map == nil { index.reserve(Int(frozen.size / Int64(BlockIndex.blockSize)) + 1) }
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
        // Of an increment's content only the packing tells what it is.
        if !isIncrement { content.update(UnsafeRawBufferPointer(bytes)) }
        defer { next += 1 }
        return (next, count)
      }
    }

    /// Enters a block that has been written, or that the base has, into the tables. Behind the turnstile.
    func take(_ block: Done, _ plain: UnsafeRawBufferPointer) {
      if let packed = block.packed {
        map?.append(BlockMap.Entry(source: 0, place: index.count, hash: block.hash))
        index.append(
          BlockIndex.Entry(
            offset: UInt64(offset), word: packed.word, plain: UInt32(plain.count), hash: block.hash))
        offset += Int64(packed.framed)
        if isIncrement { content.update(plain) }
      } else if let inherited = block.inherited {
        map?.append(inherited)
      }
    }

    /// Fills unused pages with zeros. Pages never straddle chunks: their sizes divide a chunk.
    private func clear(_ bytes: UnsafeMutableRawBufferPointer, _ start: Int64) {
      let first = start / Int64(pageSize) + 1
      for place in 0..<bytes.count / pageSize where unused.contains(first + Int64(place)) {
        let page = UnsafeMutableRawBufferPointer(rebasing: bytes[place * pageSize..<(place + 1) * pageSize])
        page.initializeMemory(as: UInt8.self, repeating: 0)
      }
    }
  }

  /// One block of a chunk, between packing and writing.
  private struct Done {
    var plain: Range<Int>
    var hash: UInt64
    /// What it became; nil for one that the base has.
    var packed: BlockCodec.Packed?
    var inherited: BlockMap.Entry?
  }

  /// Packs everything and ends the frame.
  func pack(_ meter: ProgressMeter) throws -> Result {
    let map = base.map { $0.emptyMap(plainSize: frozen.size) }
    let stream = StreamWriter(output)
    defer { stream.end() }
    try FrameHeader(contentSize: UInt64(frozen.size), isIncrement: map != nil).bytes.withUnsafeBytes(stream.append)
    guard let file = frozen.file else {
      let index = BlockIndex(isIncrement: map != nil)
      let sum = ContentSum().value
      try end(stream, index, sum)
      return Result(index: index, map: map?.compacted(), contentChecksum: sum, changeCounter: 0, zeroedPages: 0)
    }
    let unused = try SnapshotError.naming(frozen.connection.path, "read its freelist") { try UnusedPages(frozen) }
    let shared = Shared(file, frozen, unused, map)
    let signal = StopSignal()
    let turnstile = Turnstile(signal)
    let chunks = (frozen.size + Int64(BlockPump.chunkLength) - 1) / Int64(BlockPump.chunkLength)
    try SnapshotError.naming(frozen.connection.path, "read it") { [level, base] in
      try Workers.run(max(1, min(workers, Int(chunks))), stopping: signal) { _ in
        let input = Buffer(BlockPump.chunkLength)
        let packed = Buffer(BlockPump.chunkBlocks * BlockCodec.greatestFramed)
        var blocks: [Done] = []
        blocks.reserveCapacity(BlockPump.chunkBlocks)
        while !signal.isStopped, let (chunk, count) = try shared.next(into: input.bytes) {
          let made = Self.pack(input.bytes[..<count], of: chunk, into: packed.bytes, &blocks, level, base)
          let went = try turnstile.pass(chunk) {
            if made > 0 {
              try stream.append(UnsafeRawBufferPointer(rebasing: packed.bytes[..<made]))
            }
            for block in blocks { shared.take(block, UnsafeRawBufferPointer(rebasing: input.bytes[block.plain])) }
            try meter.add(count)
          }
          guard went else { break }
        }
      }
    }
    try end(stream, shared.index, shared.content.value)
    return Result(
      index: shared.index, map: shared.map?.compacted(), contentChecksum: shared.content.value,
      changeCounter: shared.changeCounter, zeroedPages: unused.count)
  }

  /// Packs the blocks of one chunk, but for those that the base has.
  /// - Returns: the bytes it takes in the file.
  private static func pack(
    _ chunk: Slice<UnsafeMutableRawBufferPointer>, of number: Int, into out: UnsafeMutableRawBufferPointer,
    _ blocks: inout [Done], _ level: Int, _ base: IncrementBase?
  ) -> Int {
    blocks.removeAll(keepingCapacity: true)
    var made = 0
    for start in stride(from: 0, to: chunk.count, by: BlockIndex.blockSize) {
      let range = start..<min(start + BlockIndex.blockSize, chunk.count)
      let plain = UnsafeRawBufferPointer(rebasing: chunk[range])
      let hash = Checksum.xxh3(plain)
      var done = Done(plain: range, hash: hash)
      let block = number * BlockPump.chunkBlocks + start / BlockIndex.blockSize
      done.inherited = base?.same(block, hash: hash, plain: plain.count)
      if done.inherited == nil {
        let room = UnsafeMutableRawBufferPointer(rebasing: out[made...])
        let packed = BlockCodec.pack(plain, into: room, level: level, hash: hash)
        made += packed.framed
        done.packed = packed
      }
      blocks.append(done)
    }
    return made
  }

  private func end(_ stream: StreamWriter, _ index: BlockIndex, _ sum: UInt32) throws {
    var bytes: [UInt8] = []
    bytes.append(number: UInt32(0))
    bytes.append(number: sum)
    try bytes.withUnsafeBytes(stream.append)
    try stream.finish()
    guard base != nil else { return }
    // Only now is it known how much an increment holds.
    let header = FrameHeader(contentSize: index.plainSize, isIncrement: true).bytes
    try header.withUnsafeBytes { try output.write($0, at: 0) }
  }
}
