// Frames that others wrote: linked blocks, other sizes, no checksums, several in a row. LZ4's own library decodes them.
internal import CTidemarkLZ4

/// Decodes a row of LZ4 frames as bytes arrive. It owns no file and no thread.
struct FrameDecoder: ~Copyable {
  private var context: OpaquePointer?
  /// Whether a frame has begun and not ended.
  private(set) var isInFrame = false
  /// Frames with content that have ended so far.
  private(set) var framesEnded = 0
  /// The header of the frame that was begun last.
  private(set) var header: FrameHeader?
  /// Bytes of a skippable frame still to pass over.
  private var toSkip: UInt64 = 0

  init() throws(FormatFault) {
    let result = LZ4F_createDecompressionContext(&context, UInt32(LZ4F_VERSION))
    guard LZ4F_isError(result) == 0 else { throw FormatFault.unsupported("LZ4 has no memory") }
  }

  deinit { LZ4F_freeDecompressionContext(context) }

  /// What stands at the place where a frame could begin.
  enum Start {
    case frame
    case skippable(magic: UInt32)
    /// More bytes are needed to tell.
    case undecided
    /// No frame.
    case other
  }

  /// Looks at what follows a frame.
  static func start(of bytes: UnsafeRawBufferPointer) -> Start {
    guard let magic = bytes.number32(at: 0) else { return .undecided }
    if magic == FrameHeader.magic { return .frame }
    if FrameHeader.isSkippable(magic) { return .skippable(magic: magic) }
    return .other
  }

  /// Decodes some bytes.
  /// - Parameters:
  ///   - input: bytes of the file. At a frame's start at least `FrameHeader.greatestLength`, or all there are.
  ///   - output: room for plain bytes.
  /// - Returns: how many bytes were taken and how many were made. Neither: more input is needed.
  /// - Throws: `FormatFault` when the bytes are no frame, are damaged, or need a dictionary.
  mutating func decode(
    _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
  ) throws(FormatFault) -> (taken: Int, made: Int) {
    if toSkip > 0 {
      let count = Int(min(toSkip, UInt64(input.count)))
      toSkip -= UInt64(count)
      return (count, 0)
    }
    if !isInFrame {
      switch Self.start(of: input) {
      case .undecided: throw FormatFault.truncated("it ends in the middle of a frame's header")
      case .skippable:
        guard let length = input.number32(at: 4) else {
          throw FormatFault.truncated("it ends in the middle of a skippable frame")
        }
        toSkip = UInt64(length)
        return (8, 0)
      case .other:
        if input.number32(at: 0) == FrameHeader.legacyMagic {
          throw FormatFault.unsupported("LZ4's legacy frames; unpack it with lz4 -d and pack it again")
        }
        throw FormatFault.damaged("what follows is no LZ4 frame")
      case .frame:
        let header = try FrameHeader(parsing: [UInt8](input.prefix(FrameHeader.greatestLength)))
        guard header.dictionary == nil else { throw FormatFault.unsupported("LZ4 frames that need a dictionary") }
        self.header = header
        isInFrame = true
      }
    }
    var taken = input.count
    var made = output.count
    let result = LZ4F_decompress(context, output.baseAddress, &made, input.baseAddress, &taken, nil)
    guard LZ4F_isError(result) == 0 else {
      throw FormatFault.damaged("LZ4 says \(String(cString: LZ4F_getErrorName(result)))")
    }
    if result == 0 {
      isInFrame = false
      framesEnded += 1
    }
    return (taken, made)
  }

  /// Whether the bytes may end here.
  var mayEnd: Bool { !isInFrame && toSkip == 0 }
}
