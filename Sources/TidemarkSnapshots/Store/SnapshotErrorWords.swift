// The words of `SnapshotError`: the one place where its data becomes text.
internal import TidemarkSQLite

extension SnapshotError: CustomStringConvertible {
  /// A short name of the reason for programs, such as "damaged-block". Never changes.
  public var code: String {
    switch reason {
    case .missing: "missing"
    case .notAFile: "not-a-file"
    case .notAFolder: "not-a-folder"
    case .empty: "empty"
    case .foreign: "foreign"
    case .damaged: "damaged"
    case .damagedBlock: "damaged-block"
    case .truncated: "truncated"
    case .unsupported: "unsupported"
    case .sealed: "sealed"
    case .untrusted: "untrusted"
    case .forged: "forged"
    case .missingParent: "missing-parent"
    case .otherParent: "other-parent"
    case .notIndexed: "not-indexed"
    case .notWhole: "not-whole"
    case .tooLarge: "too-large"
    case .unreadable: "unreadable"
    case .checkFailed: "check-failed"
    case .exists: "exists"
    case .storeBusy: "store-busy"
    case .noSnapshot: "no-snapshot"
    case .ambiguous: "ambiguous"
    case .refusedStatement: "refused-statement"
    case .failedStatement: "failed-statement"
    case .incompleteDump: "incomplete-dump"
    case .emptyPolicy: "empty-policy"
    case .invalid: "invalid"
    case .database: "database"
    case .file: isDiskFull ? "disk-full" : "file"
    }
  }

  /// Whether the disk, or the quota, is full.
  public var isDiskFull: Bool {
    if let error = cause as? FileError { return error.isFull }
    if let error = cause as? SQLiteError { return error.isDiskFull }
    return false
  }

  /// What failed and why, in one sentence without a full stop.
  public var description: String {
    var text = "\(path): \(sentence)"
    if let error = cause as? FileError {
      text += ": \(error.reason)"
    } else if let cause {
      text += ": \(cause)"
    }
    return text
  }

  private var sentence: String {
    switch reason {
    case .missing: "there is no such file"
    case .notAFile: "it is not a regular file"
    case .notAFolder: "it is not a folder"
    case .empty: "the file is empty"
    case .foreign(let found): "it is neither a snapshot, an LZ4 frame, a SQLite database nor an SQL dump (\(found))"
    case .damaged(let what): "damaged: \(what)"
    case .damagedBlock(let block, let pages, let why):
      if let pages {
        "block \(block) (pages \(pages.lowerBound) to \(pages.upperBound)) is damaged: \(why)"
      } else {
        "block \(block) is damaged: \(why)"
      }
    case .truncated(let what): "cut off: \(what)"
    case .unsupported(let what): "not understood by this build: \(what)"
    case .sealed(let label):
      "it is sealed, to \(label.recipients.map(\.key).joined(separator: ", ")), and no such secret key was given"
    case .untrusted(let what): "a signature is asked for, and \(what)"
    case .forged(let what): "it is not what was signed: \(what)"
    case .missingParent(let id): "it is an increment and needs the snapshot \(id), which is not beside it"
    case .otherParent(let id): "it is an increment and needs the snapshot \(id), and the one of that name is another"
    case .notIndexed: "an LZ4 frame without an index cannot be read in place"
    case .notWhole(let what): "what it holds is not a whole database: \(what)"
    case .tooLarge(let bytes, let limit):
      if let bytes {
        "it holds \(bytes) bytes, more than the \(limit) allowed"
      } else {
        "it holds more than the \(limit) bytes allowed"
      }
    case .unreadable(let what): "the database cannot be read: \(what)"
    case .checkFailed(let lines): "SQLite's check found: \(lines.prefix(5).joined(separator: "; "))"
    case .exists: "there is a file of that name already"
    case .storeBusy(let holder): "another process is writing into the store (\(holder))"
    case .noSnapshot(let what): "there is no snapshot \(what)"
    case .ambiguous(let what, let names):
      "several snapshots begin with \(what): \(names.prefix(4).joined(separator: ", "))\(names.count > 4 ? ", …" : "")"
    case .refusedStatement(let line, let sql, let why): "line \(line) of the dump is not run: \(why): \(excerpt(sql))"
    case .failedStatement(let line, let sql): "line \(line) of the dump failed: \(excerpt(sql))"
    case .incompleteDump(let what): "the dump is not whole: \(what)"
    case .emptyPolicy: "a retention policy that keeps nothing"
    case .invalid(let what): what
    case .database(let doing), .file(let doing): "cannot \(doing)"
    }
  }

  private func excerpt(_ sql: String) -> String {
    sql.utf8.count <= 120 ? sql : String(sql.prefix(100)) + "…"
  }

  /// Whether it is a refusal for safety, and not a failure.
  public var isRefusal: Bool {
    switch reason {
    case .exists, .tooLarge, .storeBusy, .emptyPolicy, .sealed, .untrusted, .forged, .refusedStatement: true
    default: false
    }
  }

  /// What to do next.
  public var hint: String? {
    if let limit = (cause as? FileError)?.limit ?? (cause as? SQLiteError)?.limit { return limit.hint }
    if isDiskFull { return "free some room, or write to another disk" }
    if let hint = (cause as? SQLiteError)?.folderHint { return hint }
    if let error = cause as? FileError, error.isForbidden { return "check the rights of the file and its folder" }
    if let error = cause as? SQLiteError, [SQLiteError.cannotOpen, SQLiteError.permission].contains(error.code) {
      return "check the rights of the file and its folder"
    }
    switch reason {
    case .missing, .file: return "check the path"
    case .notAFile: return "name a file; what comes through a pipe is to be put into one first"
    case .notAFolder: return "name the folder of the snapshots, with --store"
    case .foreign: return "check the path; what is packed in another way is to be unpacked first"
    case .notWhole, .checkFailed: return "restore another snapshot"
    case .noSnapshot: return "'tidemark snapshots' lists what there is; --store names another folder"
    case .refusedStatement:
      return "take it out of the dump, or load that with 'sqlite3' and restore the database it makes"
    case .failedStatement: return "mend the dump, or make it again"
    case .database: return "look at the database with 'sqlite3'; where it is damaged, restore a snapshot"
    case .empty: return "the copy may have been interrupted; take the file from its origin again"
    case .damaged, .damagedBlock, .truncated: return "restore another snapshot, or take the file from its origin again"
    case .unsupported: return "a newer build may read it"
    case .sealed: return "name the file of that secret key with --identity"
    case .untrusted:
      return "restore one that is signed by a key you trust; --require-signature names such keys"
    case .forged: return "somebody has changed it: restore another snapshot, or take the file from its origin again"
    case .missingParent(let id), .otherParent(let id):
      return "put \(id)\(SnapshotStore.suffix) back beside it, or restore another snapshot"
    case .notIndexed: return "restore it to a file first"
    case .tooLarge: return "allow more with --max-size"
    case .unreadable: return "if it is encrypted, take the snapshot with the library that encrypts it"
    case .exists: return "choose another name, or remove the file"
    case .storeBusy: return "wait for it to end; its lock goes with its process"
    case .ambiguous: return "give more of the name"
    case .incompleteDump: return "make the dump again"
    case .emptyPolicy: return "say what to keep, such as --keep-last 10"
    case .invalid:
      return "no snapshot is at fault: change what was asked for, or stop what else works on these files"
    }
  }
}
