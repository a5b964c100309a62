// What SQLite answered when a call failed, with the SQL and the place in it.
internal import CTidemarkSQLite

/// An error of SQLite, or of the use of it through this module.
public struct SQLiteError: Error, Sendable, Hashable {
  /// The primary result code, such as 1 for `SQLITE_ERROR` (https://sqlite.org/rescode.html).
  public var code: Int32
  /// The extended result code; its low byte is `code`.
  public var extendedCode: Int32
  /// SQLite's message.
  public var message: String
  /// The SQL that failed, whole, where SQL was running.
  public var sql: String?
  /// Where in `sql` SQLite points, in bytes from its start.
  public var offset: Int?
  /// The limit of the process or the system that a file operation of SQLite's met.
  public var limit: SystemLimit?
  /// Whether a COMMIT failed, and could not be taken back either: whoever opens the database next finds it as it was, or as
  /// it was to be.
  public var isUnfinished = false

  /// An error with an extended code.
  public init(_ extendedCode: Int32, _ message: String, sql: String? = nil, offset: Int? = nil) {
    self.code = extendedCode & 0xff
    self.extendedCode = extendedCode
    self.message = message
    self.sql = sql
    self.offset = offset
  }

  /// The line in `sql` that `offset` points at, counted from 1.
  public var line: Int? {
    guard let sql, let offset else { return nil }
    return 1 + sql.utf8.prefix(offset).reduce(0) { $1 == 0x0a ? $0 + 1 : $0 }
  }
}

extension SQLiteError {
  /// `SQLITE_ERROR`: generic failure, most often of the SQL itself.
  public static let error: Int32 = 1
  /// `SQLITE_PERM`.
  public static let permission: Int32 = 3
  /// `SQLITE_ABORT`.
  public static let abort: Int32 = 4
  /// `SQLITE_BUSY`: another connection holds a lock.
  public static let busy: Int32 = 5
  /// `SQLITE_LOCKED`: a conflict within this process or connection.
  public static let locked: Int32 = 6
  /// `SQLITE_READONLY`.
  public static let readOnly: Int32 = 8
  /// `SQLITE_READONLY_DIRECTORY`, an extended code: the folder cannot be written, so a WAL or journal cannot be made there.
  public static let readOnlyFolder: Int32 = 1544
  /// `SQLITE_INTERRUPT`: interrupted, as by a progress handler.
  public static let interrupted: Int32 = 9
  /// `SQLITE_IOERR`.
  public static let io: Int32 = 10
  /// `SQLITE_IOERR_WRITE`, an extended code.
  public static let write: Int32 = 778
  /// `SQLITE_IOERR_TRUNCATE`, an extended code.
  public static let truncate: Int32 = 1546
  /// `SQLITE_IOERR_SHMSIZE`, an extended code: the shared memory of a WAL could not be made as large as it has to be.
  public static let sharedMemorySize: Int32 = 4874
  /// `SQLITE_CORRUPT`: the file is malformed.
  public static let corrupt: Int32 = 11
  /// `SQLITE_FULL`: no room on the disk, or the page limit reached.
  public static let full: Int32 = 13
  /// `SQLITE_READONLY_ROLLBACK`, an extended code: a hot journal, and no right to roll it back.
  public static let hotJournal: Int32 = 776
  /// `SQLITE_CANTOPEN`.
  public static let cannotOpen: Int32 = 14
  /// `SQLITE_SCHEMA`: the schema changed under what was prepared or recorded.
  public static let schema: Int32 = 17
  /// `SQLITE_TOOBIG`: longer than SQLite can hold.
  public static let tooBig: Int32 = 18
  /// `SQLITE_CONSTRAINT`.
  public static let constraint: Int32 = 19
  /// `SQLITE_MISUSE`.
  public static let misuse: Int32 = 21
  /// `SQLITE_AUTH`: an authorizer said no.
  public static let notAuthorized: Int32 = 23
  /// `SQLITE_NOTADB`: the file is no database, or an encrypted one.
  public static let notADatabase: Int32 = 26
}

extension SQLiteError: CustomStringConvertible {
  /// The message, the code and the line, in one sentence.
  public var description: String {
    // SQLite's own words speak of the database where it is the folder that counts, and of a write where none was asked for.
    let words = extendedCode == Self.readOnlyFolder ? "the database's folder cannot be written to" : message
    let reason = limit.map { ": \($0.reason)" } ?? ""
    var text = "\(words)\(reason) (SQLite \(extendedCode))"
    if let line, let sql, sql.utf8.contains(0x0a) { text += " at line \(line)" }
    return text
  }

  /// What is as it was before.
  public var untouched: String {
    isUnfinished
      ? "the database is whole: as it was, or as it was to be, which the next one to open it will find"
      : "what was begun has been rolled back"
  }

  /// What would help where a folder's rights are the matter; nil for other errors.
  public var folderHint: String? {
    extendedCode == Self.readOnlyFolder
      ? "use an account that may write the folder: a database in WAL mode needs files beside it even to be read" : nil
  }

  /// Whether the database itself is at fault: damaged, or none.
  public var isDamage: Bool { code == Self.corrupt || code == Self.notADatabase }

  /// Whether the disk is full, which SQLite says in another way when there is no room for the memory that users of a WAL
  /// share.
  public var isDiskFull: Bool { code == Self.full || extendedCode == Self.sharedMemorySize }
}
