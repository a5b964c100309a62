// A sealed snapshot as those see it who have no key: they can still tell whether its bytes are what was written.

/// Checks what can be checked of a sealed snapshot without opening it: the frame's blocks from size word to size word,
/// with the checksum of each. The tail was checked when its label was read.
struct SealedFrame {
  private let file: InputFile

  init(_ file: InputFile) { self.file = file }

  /// Walks the blocks.
  /// - Throws: what progress throws; `SnapshotError` for a file that cannot be read. Damage goes into the report.
  func check(_ report: inout Verifier.Report, _ meter: ProgressMeter) throws {
    report.notes.append("it is sealed, and no key that opens it was given: its bytes were checked, not what is in them")
    let footer = try SnapshotError.naming(file.path, "read its footer") {
      try Footer(
        parsing: try file.bytes(at: file.size - Int64(Footer.length), Footer.length), fileSize: UInt64(file.size))
    }
    if try file.bytes(at: 0, Seal.header.count) != Seal.header {
      report.problems.append(SnapshotError(.damaged("its header is not the one that was written"), at: file.path))
    }
    let end = Int64(footer.tailStart)
    let buffer = Buffer(BlockCodec.greatestFramed)
    var offset = Int64(Seal.header.count)
    while offset + 8 < end {
      let word = try file.bytes(at: offset, 4).withUnsafeBytes { $0.number32(at: 0) ?? 0 }
      let length = Int(word & ~BlockCodec.uncompressed)
      let framed = length + BlockCodec.overhead
      guard length > Seal.overhead, framed <= BlockCodec.greatestFramed, offset + Int64(framed) <= end - 8 else {
        report.problems.append(
          SnapshotError(.damagedBlock(report.blocks, pages: nil, why: "its length cannot be"), at: file.path))
        return
      }
      let bytes = UnsafeMutableRawBufferPointer(rebasing: buffer.bytes[..<framed])
      try file.read(into: bytes, at: offset)
      let packed = UnsafeRawBufferPointer(rebasing: bytes[4..<4 + length])
      if UnsafeRawBufferPointer(bytes).number32(at: 4 + length) != Checksum.xxh32(packed) {
        report.problems.append(
          SnapshotError(
            .damagedBlock(report.blocks, pages: nil, why: "its checksum does not agree"), at: file.path))
      }
      report.blocks += 1
      offset += Int64(framed)
      try meter.add(framed)
    }
    if offset + 8 != end {
      report.problems.append(SnapshotError(.damaged("its blocks do not end where its tail begins"), at: file.path))
    } else if try file.bytes(at: offset, 8) != [UInt8](repeating: 0, count: 8) {
      report.problems.append(SnapshotError(.damaged("the frame's end mark is gone"), at: file.path))
    }
  }
}
