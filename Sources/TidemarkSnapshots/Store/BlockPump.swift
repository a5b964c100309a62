// Decodes all blocks of a snapshot on all cores, each to its own place.

/// Reads, checks and decodes the blocks of a snapshot in chunks of 512 KiB, or one by one where nobody
/// takes their bytes; each worker takes the next chunk off a counter.
struct BlockPump {
  /// Blocks a chunk.
  static let chunkBlocks = 2
  static let chunkLength = chunkBlocks * BlockIndex.blockSize

  let reader: SnapshotReader
  var checks: BlockCodec.Checks
  /// Whether the frame's content checksum is computed, in order, and compared.
  var checksContent: Bool
  var workers: Int
  /// Whether the blocks in the snapshot's own file are taken, not those of the database. They differ in an increment.
  var isOwnFrame = false

  /// Takes the plain bytes of a chunk, its number and its place in the database. Called from all workers.
  typealias Sink = @Sendable (UnsafeRawBufferPointer, Int, Int64) throws -> Void
  /// Told of a damaged block instead of the work ending there.
  typealias Damage = @Sendable (SnapshotError) -> Void

  /// Runs to the end, to the first error, or until progress throws.
  func run(_ meter: ProgressMeter, damage: Damage? = nil, sink: Sink?) throws {
    if !isOwnFrame { try reader.openAncestors() }
    let all = isOwnFrame ? reader.index.count : reader.blockCount
    // Bytes that nobody takes go block by block: from the read to the hash they stay in the core's cache.
    let chunkBlocks = sink == nil ? 1 : Self.chunkBlocks
    let chunks = (all + chunkBlocks - 1) / chunkBlocks
    let signal = StopSignal()
    let turnstile = Turnstile(signal)
    let content = ContentSum()
    let next = SharedCounter()
    let failed = SharedFlag()
    let count = max(1, min(workers, chunks))
    try Workers.run(count, stopping: signal) { _ in
      let input = Buffer(chunkBlocks * BlockCodec.greatestFramed)
      let output = Buffer(chunkBlocks * BlockIndex.blockSize)
      while !signal.isStopped {
        let chunk = next.next()
        guard chunk < chunks else { break }
        let blocks = chunk * chunkBlocks..<min((chunk + 1) * chunkBlocks, all)
        let plain = try decode(blocks, input.bytes, output.bytes) { error in
          guard let damage else { throw error }
          failed.set()
          damage(error)
        }
        if checksContent {
          guard turnstile.pass(chunk, { content.update(plain) }) else { break }
        }
        try sink?(plain, chunk, Int64(chunk) * Int64(Self.chunkLength))
        try meter.add(plain.count)
      }
    }
    if checksContent, !failed.isSet, content.value != (try reader.storedContentChecksum()) {
      throw SnapshotError(.damaged("the frame's content checksum does not agree"), at: reader.path)
    }
  }

  /// Reads the blocks of a chunk, each run that stands together with one read, and decodes them.
  private func decode(
    _ blocks: Range<Int>, _ input: UnsafeMutableRawBufferPointer, _ output: UnsafeMutableRawBufferPointer,
    onDamage: (SnapshotError) throws -> Void
  ) throws -> UnsafeRawBufferPointer {
    var made = 0
    var next = blocks.lowerBound
    while next < blocks.upperBound {
      let first = next
      let start = try place(of: first)
      var last = start
      next += 1
      while next < blocks.upperBound {
        let following = try place(of: next)
        guard last.isFollowed(by: following) else { break }
        last = following
        next += 1
      }
      let length = Int(last.entry.offset - start.entry.offset) + last.entry.framedLength
      let framed = UnsafeMutableRawBufferPointer(rebasing: input[..<length])
      try start.owner.file.read(into: framed, at: Int64(start.entry.offset))
      for block in first..<next {
        let place = try place(of: block)
        let entry = place.entry
        let begin = Int(entry.offset - start.entry.offset)
        let out = UnsafeMutableRawBufferPointer(rebasing: output[made..<made + Int(entry.plain)])
        let bytes = UnsafeMutableRawBufferPointer(rebasing: framed[begin..<begin + entry.framedLength])
        do throws(FormatFault) {
          try BlockCodec.unpack(bytes, entry, into: out, checks: checks, seal: place.seal)
          if !isOwnFrame { try reader.prove(block, UnsafeRawBufferPointer(out)) }
        } catch {
          try onDamage(reader.fault(error, block: block, in: start.owner))
        }
        made += Int(entry.plain)
      }
    }
    return UnsafeRawBufferPointer(rebasing: output[..<made])
  }

  private func place(of block: Int) throws -> SnapshotReader.Place {
    isOwnFrame
      ? SnapshotReader.Place(owner: reader, entry: reader.index[block], number: block) : try reader.place(of: block)
  }
}
