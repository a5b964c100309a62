// What a file is that someone wants to restore: told by its content, never by its name.
public import TidemarkSQLite

/// The kinds of file that can be restored.
public enum SourceKind: String, Sendable, Hashable, Codable {
  /// A snapshot with our tail, whole or damaged.
  case snapshot
  /// An LZ4 frame of a database, as `lz4` itself makes one.
  case lz4Database = "lz4-database"
  /// A database file.
  case database
  /// SQL text, as `sqlite3 DB .dump` prints it.
  case dump
  /// An LZ4 frame of SQL text.
  case lz4Dump = "lz4-dump"

  /// Looks at a file. On Linux a database that this process has open is refused, because to open and close it once more would
  /// drop the process's POSIX locks on it. Elsewhere, and where it is open by another hard link, that cannot be told: the caller
  /// is not to name one.
  /// - Throws: `SnapshotError`: missing, not a regular file, empty, foreign, damaged, open here, or not readable.
  public static func detect(_ path: String, files: any FileSystem = LocalFiles()) throws -> SourceKind {
    try refuseOpenHere(path, files)
    return try detect(InputFile(path, files))
  }

  /// Refuses a database that this process has open. What it is, is read through the descriptor that there is.
  static func refuseOpenHere(_ path: String, _ files: any FileSystem) throws {
    guard FileHolder.isThisProcess(path), let descriptor = FileHolder.ownDescriptor(of: path) else { return }
    var head = [UInt8](repeating: 0, count: DatabaseHeader.magic.count)
    let count = try SnapshotError.naming(path, "read it") {
      try head.withUnsafeMutableBytes { try files.read(descriptor, into: $0, at: 0) }
    }
    guard count == head.count, head == DatabaseHeader.magic else { return }
    throw SnapshotError(.invalid("it is open in this very process: restore a snapshot of it"), at: path)
  }

  /// What a file is that a restore is to put a database in the place of, where it certainly is, and was, none: a text,
  /// a snapshot, a program. A database that is damaged looks like noise or zeros, and is told from those.
  /// - Returns: what it is, in words; nil for a database, a damaged one, an empty file, and where nothing is.
  /// - Throws: `SnapshotError` when it cannot be read.
  public static func otherThanDatabase(_ path: String, files: any FileSystem = LocalFiles()) throws -> String? {
    let status = try SnapshotError.naming(path, "examine it") { try files.status(path, followLinks: true) }
    // One that this process has open is a database, and closing another descriptor would drop its locks.
    guard let status, status.kind == .file, status.size > 0, !FileHolder.isThisProcess(path) else { return nil }
    let file = try InputFile(path, files)
    let head = try file.bytes(at: 0, Int(min(file.size, Int64(headLength))))
    if head.starts(with: DatabaseHeader.magic) { return nil }
    if head.withUnsafeBytes({ $0.number32(at: 0) }) == FrameHeader.magic { return "an LZ4 frame" }
    if head.starts(with: Seal.header) { return "a sealed snapshot" }
    if looksLikeSQL(head) { return "SQL text" }
    let content = ForeignContent(head)
    return content.mayBeDamage ? nil : content.words
  }

  /// Who may read what is restored from a file where nothing is replaced: whoever may read the file; only its owner, where
  /// it is sealed.
  /// - Throws: `SnapshotError` when it is missing, or cannot be read.
  static func rights(of path: String, _ files: any FileSystem) throws -> (mode: UInt32, group: UInt32) {
    try refuseOpenHere(path, files)
    return try rights(of: InputFile(path, files))
  }

  static func rights(of file: InputFile) throws -> (mode: UInt32, group: UInt32) {
    let status = try SnapshotError.naming(file.path, "examine it") { try file.files.status(of: file.descriptor) }
    let head = try file.bytes(at: 0, Int(min(file.size, Int64(Seal.header.count))))
    return (head == Seal.header ? 0o600 : status.mode & 0o666, status.group)
  }

  private static let headLength = 64 * 1024

  static func detect(_ file: InputFile) throws -> SourceKind {
    guard file.size > 0 else { throw SnapshotError(.empty, at: file.path) }
    let magicLength = Int64(Footer.magic.count)
    if file.size > Int64(Footer.length) + 8,
      try file.bytes(at: file.size - magicLength, Int(magicLength)) == Footer.magic
    {
      return .snapshot
    }
    let head = try file.bytes(at: 0, Int(min(file.size, Int64(headLength))))
    if head.starts(with: Seal.header) {
      throw SnapshotError(.truncated("it is sealed, and its end is gone"), at: file.path)
    }
    if let kind = plainKind(head, isWhole: file.size <= Int64(headLength)) {
      return kind == .database ? .database : .dump
    }
    let start = head.withUnsafeBytes { FrameDecoder.start(of: $0) }
    switch start {
    case .frame, .skippable: return try framedKind(file)
    case .undecided, .other:
      if head.withUnsafeBytes({ $0.number32(at: 0) }) == FrameHeader.legacyMagic {
        throw SnapshotError(.unsupported("LZ4's legacy frames; unpack it with lz4 -d"), at: file.path)
      }
      throw SnapshotError(.foreign(found: ForeignContent(head).words), at: file.path)
    }
  }

  /// Decodes the first bytes of a frame and looks at those.
  private static func framedKind(_ file: InputFile) throws -> SourceKind {
    let stream = try FrameStream(file)
    let buffer = Buffer(headLength)
    let count = try stream.read(into: buffer.bytes)
    let head = [UInt8](buffer.bytes[..<count])
    if count == 0 { throw SnapshotError(.foreign(found: "an LZ4 frame of nothing"), at: file.path) }
    switch plainKind(head, isWhole: count < headLength) {
    case .database: return .lz4Database
    case .dump: return .lz4Dump
    default: throw SnapshotError(.foreign(found: "LZ4 of \(ForeignContent(head).words)"), at: file.path)
    }
  }

  private static func plainKind(_ head: [UInt8], isWhole: Bool) -> SourceKind? {
    if head.starts(with: DatabaseHeader.magic) { return .database }
    return looksLikeSQL(head) ? .dump : nil
  }

  /// Whether text begins with a word that a dump can begin with, after white space and comments.
  private static func looksLikeSQL(_ head: [UInt8]) -> Bool {
    guard !head.contains(0) else { return false }
    var scanner = StatementScanner()
    // A byte order mark is no part of the text.
    let text = head.starts(with: [0xef, 0xbb, 0xbf]) ? head.dropFirst(3) : head[...]
    for byte in text {
      // A semicolon would make the scanner forget the word that it ends.
      _ = scanner.feed(byte == UInt8(ascii: ";") ? 0x20 : byte)
      if scanner.firstWordEnded { break }
    }
    return ["PRAGMA", "BEGIN", "CREATE", "INSERT", "DROP", "ALTER", "REPLACE", "ANALYZE", "DELETE", "UPDATE"]
      .contains(scanner.firstWord)
  }
}
