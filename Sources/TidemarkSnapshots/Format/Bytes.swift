// Little-endian numbers in and out of bytes, every read bounded.

/// Reads numbers from bytes that nobody has vouched for; a read past the end answers nil, never a trap.
struct ByteReader {
  private let bytes: [UInt8]
  private(set) var offset: Int

  init(_ bytes: [UInt8], at offset: Int = 0) {
    self.bytes = bytes
    self.offset = max(0, min(offset, bytes.count))
  }

  var remaining: Int { bytes.count - offset }

  mutating func number<T: FixedWidthInteger & UnsignedInteger>(_ type: T.Type = T.self) -> T? {
    let width = MemoryLayout<T>.size
    guard remaining >= width else { return nil }
    var value: T = 0
    for index in (0..<width).reversed() { value = value << 8 | T(bytes[offset + index]) }
    offset += width
    return value
  }

  mutating func take(_ count: Int) -> [UInt8]? {
    guard count >= 0, remaining >= count else { return nil }
    defer { offset += count }
    return [UInt8](bytes[offset..<offset + count])
  }
}

extension [UInt8] {
  /// Appends a number, lowest byte first.
  mutating func append<T: FixedWidthInteger & UnsignedInteger>(number: T) {
    for index in 0..<MemoryLayout<T>.size { append(UInt8(truncatingIfNeeded: number >> (index * 8))) }
  }
}

extension UnsafeRawBufferPointer {
  /// The four bytes at a place, lowest first; nil past the end.
  func number32(at offset: Int) -> UInt32? {
    guard offset >= 0, offset <= count - 4 else { return nil }
    return UInt32(littleEndian: loadUnaligned(fromByteOffset: offset, as: UInt32.self))
  }

  /// The four bytes at a place, highest first, as SQLite writes them; nil past the end.
  func bigEndian32(at offset: Int) -> UInt32? {
    number32(at: offset).map(\.byteSwapped)
  }
}
