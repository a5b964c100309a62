// The first hundred bytes of a database (https://sqlite.org/fileformat2.html#the_database_header).

/// What a database's header says.
struct DatabaseHeader {
  static let magic: [UInt8] = Array("SQLite format 3\0".utf8)
  static let length = 100
  /// The page sizes there are.
  static let pageSizes: Set<Int> = [512, 1024, 2048, 4096, 8192, 16384, 32768, 65536]

  /// Bytes a page.
  let pageSize: Int
  /// Whether the header asks for WAL mode.
  let isWAL: Bool
  /// The file change counter.
  let changeCounter: UInt32
  /// Pages, where the header vouches for the number: it was written by the last writer that kept it.
  let pageCount: Int64?
  /// The first trunk page of the freelist; 0 for none.
  let firstTrunk: UInt32
  /// Pages on the freelist.
  let freePages: UInt32

  /// Reads a header; nil when it is none.
  init?(_ bytes: UnsafeRawBufferPointer) {
    guard bytes.count >= Self.length, bytes.prefix(16).elementsEqual(Self.magic) else { return nil }
    let stated = Int(bytes[16]) << 8 | Int(bytes[17])
    pageSize = stated == 1 ? 65536 : stated
    guard Self.pageSizes.contains(pageSize) else { return nil }
    isWAL = bytes[18] == 2 || bytes[19] == 2
    changeCounter = bytes.bigEndian32(at: 24) ?? 0
    let count = bytes.bigEndian32(at: 28) ?? 0
    pageCount = count > 0 && bytes.bigEndian32(at: 92) == changeCounter ? Int64(count) : nil
    firstTrunk = bytes.bigEndian32(at: 32) ?? 0
    freePages = bytes.bigEndian32(at: 36) ?? 0
  }
}
