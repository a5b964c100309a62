// Reads the pages of a frozen database in order and packs them on all cores into one LZ4 frame.
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
  /// What the blocks are sealed with; there is no base then.
  var seal: Seal?
  /// Whether a digest of every block is made for a signature.
  var isSigned = false

  /// What was written.
  struct Result {
    var index: BlockIndex
    /// Where the blocks of the database are; nil where the frame has them all.
    var map: BlockMap?
    /// The digests of the database's blocks, where it is signed.
    var tree: HashTree?
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
    let reading = Guarded<Int>(0)
    let content = ContentSum()
    var changeCounter: UInt32 = 0
    var index: BlockIndex
    var map: BlockMap?
    var tree: HashTree?
    let isIncrement: Bool
    /// Whether nobody may learn of the content, not even a checksum.
    let isSealed: Bool
    var offset: Int64

    init(_ file: RawFile, _ frozen: FrozenDatabase, _ unused: UnusedPages, _ index: BlockIndex, _ map: BlockMap?) {
      self.map = map
      isIncrement = map != nil
      isSealed = index.isSealed
      self.index = index
      offset = Int64(index.start)
      self.file = file
      size = frozen.size
      pageSize = frozen.pageSize
      self.unused = unused
      if map == nil { self.index.reserve(Int(frozen.size / Int64(BlockIndex.blockSize)) + 1) }
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
        if !isIncrement, !isSealed { content.update(UnsafeRawBufferPointer(bytes)) }
        defer { next += 1 }
        return (next, count)
      }
    }

    /// Enters a block that has been written, or that the base has, into the tables. Behind the turnstile.
    func take(_ block: Done, _ plain: UnsafeRawBufferPointer) {
      if let leaf = block.leaf { tree?.append(leaf) }
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
    /// Its leaf in the hash tree, where there is one.
    var leaf: [UInt8]?
    var inherited: BlockMap.Entry?
  }

  /// Packs everything and ends the frame.
  func pack(_ meter: ProgressMeter) throws -> Result {
    let map = base.map { $0.emptyMap(plainSize: frozen.size) }
    let stream = StreamWriter(output)
    defer { stream.end() }
    let header =
      seal == nil ? FrameHeader(contentSize: UInt64(frozen.size), isIncrement: map != nil).bytes : Seal.header
    try header.withUnsafeBytes(stream.append)
    let empty = BlockIndex(isIncrement: map != nil, isSealed: seal != nil)
    guard let file = frozen.file else {
      let sum = seal == nil ? ContentSum().value : 0
      try end(stream, empty, sum)
      return Result(
        index: empty, map: map?.compacted(), tree: isSigned ? HashTree() : nil, contentChecksum: sum, changeCounter: 0,
        zeroedPages: 0)
    }
    let unused = try SnapshotError.naming(frozen.connection.path, "read its freelist") { try UnusedPages(frozen) }
    let shared = Shared(file, frozen, unused, empty, map)
    if isSigned { shared.tree = HashTree() }
    let signal = StopSignal()
    let turnstile = Turnstile(signal)
    let chunks = (frozen.size + Int64(BlockPump.chunkLength) - 1) / Int64(BlockPump.chunkLength)
    let packing = Packing(level: level, base: base, seal: seal, isSigned: isSigned)
    try SnapshotError.naming(frozen.connection.path, "read it") {
      try Workers.run(max(1, min(workers, Int(chunks))), stopping: signal) { _ in
        let input = Buffer(BlockPump.chunkLength)
        let packed = Buffer(BlockPump.chunkBlocks * BlockCodec.greatestFramed)
        var blocks: [Done] = []
        blocks.reserveCapacity(BlockPump.chunkBlocks)
        while !signal.isStopped, let (chunk, count) = try shared.next(into: input.bytes) {
          let made = packing.pack(input.bytes[..<count], of: chunk, into: packed.bytes, &blocks)
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
    let sum = seal == nil ? shared.content.value : 0
    try end(stream, shared.index, sum)
    return Result(
      index: shared.index, map: shared.map?.compacted(), tree: shared.tree, contentChecksum: sum,
      changeCounter: shared.changeCounter, zeroedPages: unused.count)
  }

  /// What each worker does to a chunk; all that it goes by, and nothing that belongs to one thread.
  private struct Packing: Sendable {
    let level: Int
    let base: IncrementBase?
    let seal: Seal?
    let isSigned: Bool

    /// Packs the blocks of one chunk, but for those that the base has.
    /// - Returns: the bytes it takes in the file.
    func pack(
      _ chunk: Slice<UnsafeMutableRawBufferPointer>, of number: Int, into out: UnsafeMutableRawBufferPointer,
      _ blocks: inout [Done]
    ) -> Int {
      blocks.removeAll(keepingCapacity: true)
      var made = 0
      for start in stride(from: 0, to: chunk.count, by: BlockIndex.blockSize) {
        let range = start..<min(start + BlockIndex.blockSize, chunk.count)
        let plain = UnsafeRawBufferPointer(rebasing: chunk[range])
        let hash = Checksum.xxh3(plain)
        var done = Done(plain: range, hash: hash, leaf: isSigned ? HashTree.leaf(plain) : nil)
        let block = number * BlockPump.chunkBlocks + start / BlockIndex.blockSize
        done.inherited = base?.same(block, hash: hash, plain: plain.count, leaf: done.leaf)
        if done.inherited == nil {
          let room = UnsafeMutableRawBufferPointer(rebasing: out[made...])
          let packed = BlockCodec.pack(
            plain, into: room, level: level, hash: hash, seal: seal.map { ($0, block) })
          made += packed.framed
          done.packed = packed
        }
        blocks.append(done)
      }
      return made
    }
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
