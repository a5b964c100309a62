// A file of LZ4 frames as a stream of plain bytes, for frames that have no index.
internal import TidemarkSQLite

/// Bytes that come one after the other.
protocol ByteStream: AnyObject {
  /// Fills the buffer, or as much of it as is left; 0 at the end.
  func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int
}

/// The plain bytes of a plain file.
final class FileStream: ByteStream {
  private let file: InputFile
  private var offset: Int64 = 0

  init(_ file: InputFile) { self.file = file }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    let count = try file.readSome(into: buffer, at: offset)
    offset += Int64(count)
    return count
  }
}

/// The plain bytes of LZ4 frames, one after the other. Memory: what LZ4 needs for one block, and 256 KiB.
final class FrameStream: ByteStream {
  private let file: InputFile
  private var decoder: FrameDecoder
  private let input = Buffer(256 * 1024)
  private var start = 0
  private var end = 0
  private var offset: Int64 = 0
  private var made: Int64 = 0
  /// What was passed over that was not as it should be.
  private(set) var notes: [String] = []

  init(_ file: InputFile) throws {
    self.file = file
    do {
      decoder = try FrameDecoder()
    } catch let fault {
      throw SnapshotError(fault, at: file.path)
    }
  }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    var filled = 0
    while filled < buffer.count {
      if !decoder.isInFrame { try refill() }
      if start == end {
        try refill()
        if start == end { break }
      }
      if try isOurTail() { break }
      let count = try decode(UnsafeMutableRawBufferPointer(rebasing: buffer[filled...]))
      filled += count
      made += Int64(count)
    }
    if filled == 0, !decoder.mayEnd {
      throw SnapshotError(
        .truncated("it ends in the middle of an LZ4 frame, after \(made) bytes of content"), at: file.path)
    }
    return filled
  }

  private func decode(_ output: UnsafeMutableRawBufferPointer) throws -> Int {
    do throws(FormatFault) {
      let step = try decoder.decode(UnsafeRawBufferPointer(rebasing: input.bytes[start..<end]), into: output)
      start += step.taken
      return step.made
    } catch {
      guard case .damaged(let what) = error else { throw SnapshotError(error, at: file.path) }
      guard decoder.isInFrame, let header = decoder.header else {
        throw SnapshotError(.damaged("\(what), after \(made) bytes of content"), at: file.path)
      }
      let block = Int(made) / header.blockSize
      throw SnapshotError(.damagedBlock(block, pages: nil, why: what), at: file.path)
    }
  }

  /// Whether what follows the frame is a tail of ours, or what is left of one. It is no content.
  private func isOurTail() throws -> Bool {
    guard decoder.mayEnd, decoder.framesEnded > 0 else { return false }
    let rest = UnsafeRawBufferPointer(rebasing: input.bytes[start..<end])
    guard rest.number32(at: 0) == Tail.magic else { return false }
    if notes.isEmpty { notes.append("the snapshot's tail is damaged or cut off; its frame was decoded from the front") }
    start = end
    offset = file.size
    return true
  }

  private func refill() throws {
    if start > 0 {
      let rest = end - start
      if rest > 0 {
        input.bytes.copyMemory(from: UnsafeRawBufferPointer(rebasing: input.bytes[start..<end]))
      }
      start = 0
      end = rest
    }
    guard end < input.bytes.count else { return }
    let count = try file.readSome(into: UnsafeMutableRawBufferPointer(rebasing: input.bytes[end...]), at: offset)
    offset += Int64(count)
    end += count
  }
}
