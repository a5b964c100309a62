// The other file that a rollback journal names. SQLite removes that file when it has rolled the journal back, whatever it
// is: a journal that came with a database from elsewhere can name any.
#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// The file by which a transaction over several databases is committed (<https://sqlite.org/atomiccommit.html>, section 5).
package enum SuperJournal {
  /// What a journal ends in where it names one, after the name's length and sum, each four bytes.
  private static let magic: [UInt8] = [0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7]
  private static let recordLength = 16

  /// The file that a database's journal names.
  /// - Returns: nil where there is no journal, or it is of a transaction on this database alone.
  /// - Throws: `FileError` when the journal cannot be read.
  package static func name(
    inJournalOf database: String, files: any FileSystem = LocalFiles()
  ) throws -> String? {
    // SQLite's journal is beside the file that a link leads to.
    let target = (try? files.resolve(database)) ?? database
    let journal = target + "-journal"
    guard let status = try files.status(journal, followLinks: true), status.kind == .file,
      status.size >= Int64(recordLength)
    else { return nil }
    let descriptor: Int32
    do {
      descriptor = try files.open(journal, .read)
    } catch let error as FileError where error.isMissing {
      // Whoever is at the database has ended the transaction meanwhile.
      return nil
    }
    defer { files.close(descriptor) }
    let end = try files.size(descriptor)
    let record = try bytes(descriptor, at: end - Int64(recordLength), recordLength, files)
    guard record.count == recordLength, record.suffix(magic.count).elementsEqual(magic) else { return nil }
    let length = record[..<4].reduce(Int64(0)) { $0 << 8 | Int64($1) }
    guard length > 0, length <= Int64(PATH_MAX), length <= end - Int64(recordLength) else { return nil }
    let name = try bytes(descriptor, at: end - Int64(recordLength) - length, Int(length), files)
    return String(decoding: name.prefix { $0 != 0 }, as: UTF8.self)
  }

  /// Refuses a database whose journal names a file that is not called as SQLite calls such files: `NAME-mjXXXXXX9XX`.
  /// - Throws: `SQLiteError`; `FileError` when the journal cannot be read.
  static func refuseForeign(of database: String) throws {
    guard let name = try name(inJournalOf: database), !isOne(lastComponent(of: name)) else { return }
    throw SQLiteError(
      SQLiteError.cannotOpen,
      "\(database): its journal names the file \(name), which is none of SQLite's own and would be removed with it")
  }

  private static func isOne(_ name: String) -> Bool {
    let end = Array(name.utf8.suffix(12))
    guard end.count == 12, end.starts(with: "-mj".utf8), end[9] == UInt8(ascii: "9") else { return false }
    return end.dropFirst(3).allSatisfy { (0x30...0x39).contains($0) || (0x41...0x46).contains($0) }
  }

  private static func bytes(
    _ descriptor: Int32, at offset: Int64, _ count: Int, _ files: any FileSystem
  ) throws -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    let read = try bytes.withUnsafeMutableBytes { try files.read(descriptor, into: $0, at: offset) }
    return Array(bytes[..<read])
  }
}
