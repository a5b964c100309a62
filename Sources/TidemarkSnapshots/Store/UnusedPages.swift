// Which pages hold nothing: the leaves of the freelist, and the page that holds the lock bytes at 1 GiB.
internal import TidemarkSQLite

/// Pages whose content does not matter, so that zeros are carried instead.
///
/// The trunk pages of the freelist do matter: a zeroed one fails `integrity_check`. A freelist that is not exactly as
/// the file format has it makes no page unused: such a database is carried as it is.
struct UnusedPages {
  private var bits: [UInt64] = []
  /// How many there are.
  private(set) var count: Int64 = 0
  /// With more pages than these (128 GiB of 4 KiB pages) none is looked for, so that memory stays bounded at 4 MiB.
  private static let mostPages: Int64 = 1 << 25
  private static let lockByte: Int64 = 0x4000_0000

  /// Whether a page, counted from 1, is unused.
  func contains(_ page: Int64) -> Bool {
    let word = Int(page >> 6)
    return word < bits.count && bits[word] & (1 << UInt64(page & 63)) != 0
  }

  /// Walks the freelist (https://sqlite.org/fileformat2.html#the_freelist).
  init(_ database: FrozenDatabase) throws {
    guard let file = database.file, database.pageCount <= Self.mostPages else { return }
    let head = Buffer(DatabaseHeader.length)
    try file.read(into: head.bytes, at: 0)
    guard let header = DatabaseHeader(UnsafeRawBufferPointer(head.bytes)) else { return }
    bits = [UInt64](repeating: 0, count: Int(database.pageCount >> 6) + 1)
    if try !walk(header, file, database) {
      bits = [UInt64](repeating: 0, count: bits.count)
      count = 0
    }
    let lockPage = Self.lockByte / Int64(database.pageSize) + 1
    if lockPage <= database.pageCount, !contains(lockPage) { insert(lockPage) }
  }

  private mutating func insert(_ page: Int64) {
    bits[Int(page >> 6)] |= 1 << UInt64(page & 63)
    count += 1
  }

  private mutating func walk(_ header: DatabaseHeader, _ file: RawFile, _ database: FrozenDatabase) throws -> Bool {
    let buffer = Buffer(database.pageSize)
    let page = UnsafeRawBufferPointer(buffer.bytes)
    var trunks: [Int64] = []
    var seen: Int64 = 0
    var next = Int64(header.firstTrunk)
    let usable = database.pageCount
    while next != 0 {
      guard (2...usable).contains(next), seen < Int64(header.freePages) else { return false }
      trunks.append(next)
      seen += 1
      try file.read(into: buffer.bytes, at: (next - 1) * Int64(database.pageSize))
      guard let after = page.bigEndian32(at: 0), let leaves = page.bigEndian32(at: 4),
        Int64(leaves) <= Int64(database.pageSize / 4 - 2)
      else { return false }
      for index in 0..<Int(leaves) {
        let leaf = Int64(page.bigEndian32(at: 8 + 4 * index) ?? 0)
        guard (2...usable).contains(leaf), !contains(leaf) else { return false }
        insert(leaf)
        seen += 1
      }
      next = Int64(after)
    }
    // A page that is trunk and leaf at once, or a count that differs, is a damaged list.
    return seen == Int64(header.freePages) && !trunks.contains { contains($0) }
  }
}
