// Whether a file looks like a whole database: header, page size, length.
internal import TidemarkSQLite

/// The shape of a database file.
struct WholeDatabase {
  /// Bytes a page.
  var pageSize: Int
  /// Pages in the file.
  var pageCount: Int64
  /// What is odd but no fault.
  var notes: [String]

  /// Looks at a file that was just written.
  /// - Parameters:
  ///   - source: what it was restored from, for the error.
  ///   - manifest: what the snapshot promised; nil where there is no promise.
  /// - Throws: `SnapshotError` (`notWhole`).
  static func check(
    _ file: OutputFile, size: Int64, source: String, manifest: Manifest?
  ) throws -> WholeDatabase {
    func refuse(_ why: String) -> SnapshotError { SnapshotError(.notWhole(why), at: source) }
    let head = Buffer(DatabaseHeader.length)
    let count = try file.read(into: head.bytes, at: 0)
    guard let header = DatabaseHeader(UnsafeRawBufferPointer(rebasing: head.bytes[..<count])) else {
      throw refuse("it has no SQLite header")
    }
    let pageSize = Int64(header.pageSize)
    guard size % pageSize == 0 else { throw refuse("\(size) bytes are no whole number of pages of \(pageSize)") }
    let pages = size / pageSize
    var notes: [String] = []
    if let stated = header.pageCount, stated != pages {
      guard stated < pages, manifest == nil else {
        throw refuse("its header speaks of \(stated) pages, and there are \(pages)")
      }
      notes.append("the file holds \(pages - stated) pages more than its header says")
    }
    if let manifest, manifest.pageSize != header.pageSize || manifest.pageCount != pages {
      throw refuse(
        "the manifest promises \(manifest.pageCount) pages of \(manifest.pageSize) bytes, and there are \(pages) of \(pageSize)"
      )
    }
    return WholeDatabase(pageSize: header.pageSize, pageCount: pages, notes: notes)
  }
}
