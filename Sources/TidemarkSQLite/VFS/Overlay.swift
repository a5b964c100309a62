// A database that is read from a source and written aside: what is changed is changed for one connection only.
//
// Pages that are written go to a file without a name, each at its own place, so that the file is as sparse as the changes
// are; one bit a unit tells what is there. Journal and WAL are such files too.

/// The bytes of a database that come from a source until they are written, and from a file of its own afterwards.
///
/// The source is never written. Everything that was written is gone with the overlay.
// Unchecked: one connection works with it, and that is used by one thread at a time; the VFS only keeps it by name.
package final class Overlay: @unchecked Sendable {
  /// What a bit of the map speaks of, in bytes: SQLite writes whole pages, mostly of this size.
  private static let unit: Int64 = 4096

  private let base: any PageSource
  /// From here on the source has nothing to say: the file was shorter once, or the source ends.
  private var baseEnd: Int64
  private let prefix: String
  private let files: any FileSystem
  private var pages: ScratchFile?
  private var map: [UInt64] = []
  private var log: ScratchFile?
  private var journal: ScratchFile?
  /// The length of the database in bytes.
  private(set) var size: Int64
  /// Why the last read or write failed; nil when none has. SQLite itself only tells of an I/O error.
  package private(set) var lastFailure: (any Error)?

  /// Lays nothing over a source.
  /// - Parameters:
  ///   - base: the database.
  ///   - prefix: a path that 16 random hexadecimal digits complete to the name of a file, for as long as it has one.
  ///   - files: the file system of what is written.
  package init(over base: any PageSource, beside prefix: String, files: any FileSystem) {
    self.base = base
    self.prefix = prefix
    self.files = files
    size = base.size
    baseEnd = base.size
  }

  /// The length of the WAL in bytes; 0 where there was none.
  package var logLength: Int64 { log?.length ?? 0 }

  /// All bytes written, of pages, journal and WAL.
  package var writtenBytes: Int64 { [pages, log, journal].reduce(0) { $0 + ($1?.written ?? 0) } }

  // MARK: the database

  func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int64) throws {
    var done = 0
    while done < buffer.count {
      let place = offset + Int64(done)
      let isHere = isWritten(place / Self.unit)
      // As far as all is in one place.
      var end = (place / Self.unit + 1) * Self.unit
      while end < offset + Int64(buffer.count), isWritten(end / Self.unit) == isHere { end += Self.unit }
      let count = Int(min(end, offset + Int64(buffer.count)) - place)
      let part = UnsafeMutableRawBufferPointer(rebasing: buffer[done..<done + count])
      if isHere, let pages {
        _ = try noting { try pages.read(into: part, at: place) }
      } else {
        try readBase(into: part, at: place)
      }
      done += count
    }
  }

  func write(_ bytes: UnsafeRawBufferPointer, at offset: Int64) throws {
    guard !bytes.isEmpty else { return }
    try noting {
      let pages = try self.pages ?? ScratchFile(named: prefix, files)
      self.pages = pages
      let end = offset + Int64(bytes.count)
      let (first, last) = (offset / Self.unit, (end - 1) / Self.unit)
      // What shares a unit with what is written comes along.
      if offset % Self.unit != 0 { try lift(first, to: pages) }
      if end % Self.unit != 0 { try lift(last, to: pages) }
      try pages.write(bytes, at: offset)
      for unit in first...last { mark(unit) }
      size = max(size, end)
    }
  }

  func truncate(to length: Int64) throws {
    guard length < size else { return }
    try noting {
      let kept = (length + Self.unit - 1) / Self.unit
      if length % Self.unit != 0, isWritten(length / Self.unit), let pages {
        // What is cut off within a unit must not come back.
        try pages.truncate(to: min(pages.length, length))
      }
      for unit in kept..<max(kept, Int64(map.count) * 64) { unmark(unit) }
      baseEnd = min(baseEnd, length)
      size = length
    }
  }

  private func readBase(into buffer: UnsafeMutableRawBufferPointer, at offset: Int64) throws {
    let there = Int(max(0, min(Int64(buffer.count), baseEnd - offset)))
    if there > 0 {
      try noting { try base.read(into: UnsafeMutableRawBufferPointer(rebasing: buffer[..<there]), at: offset) }
    }
    UnsafeMutableRawBufferPointer(rebasing: buffer[there...]).initializeMemory(as: UInt8.self, repeating: 0)
  }

  /// Copies a unit from the source, where it is not here yet.
  private func lift(_ unit: Int64, to pages: ScratchFile) throws {
    guard !isWritten(unit) else { return }
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Int(Self.unit), alignment: 16)
    defer { buffer.deallocate() }
    try readBase(into: buffer, at: unit * Self.unit)
    try pages.write(UnsafeRawBufferPointer(buffer), at: unit * Self.unit)
    mark(unit)
  }

  private func isWritten(_ unit: Int64) -> Bool {
    let word = Int(unit / 64)
    return word < map.count && map[word] & 1 << UInt64(unit % 64) != 0
  }

  private func mark(_ unit: Int64) {
    let word = Int(unit / 64)
    if word >= map.count { map += repeatElement(0, count: word + 1 - map.count) }
    map[word] |= 1 << UInt64(unit % 64)
  }

  private func unmark(_ unit: Int64) {
    let word = Int(unit / 64)
    if word < map.count { map[word] &= ~(1 << UInt64(unit % 64)) }
  }

  // MARK: journal and WAL

  /// The journal or the WAL, made when it is first opened.
  func side(isLog: Bool) throws -> ScratchFile {
    if let file = isLog ? log : journal { return file }
    let file = try noting { try ScratchFile(named: prefix, files) }
    if isLog { log = file } else { journal = file }
    return file
  }

  /// Lets the journal or the WAL go; the next one of its name is empty.
  func dropSide(isLog: Bool) {
    if isLog { log = nil } else { journal = nil }
  }

  /// Runs a body and keeps what it throws.
  func noting<T>(_ body: () throws -> T) throws -> T {
    do {
      return try body()
    } catch {
      lastFailure = error
      throw error
    }
  }
}
