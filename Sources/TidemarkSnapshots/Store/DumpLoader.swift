// Runs an SQL dump in an empty database, statement by statement. A dump came out of a file: it is input, so an
// authorizer refuses whatever reaches outside the one database.
internal import TidemarkSQLite

/// Loads SQL text, as `sqlite3 DB .dump` prints it, into a new database.
final class DumpLoader {
  /// The longest statement that is read, in bytes: SQLite's own bound.
  static let longestStatement = 1_000_000_000
  private static let bufferLength = 256 * 1024
  /// SQLite's operations that a dump may take, besides so many a byte: an index over rows of a few bytes takes some hundred.
  private static let leastWork: Int64 = 200_000_000
  private static let workPerByte: Int64 = 10_000
  private static let stride: Int32 = 100_000

  private let source: String
  private let maxSize: Int64?
  /// Whether rows are left out: only the schema is wanted.
  private let leavesRows: Bool
  /// The statements that were run, where rows are left out, as written and with their comments.
  private(set) var text: [UInt8] = []
  /// What was passed over.
  private(set) var notes: [String] = []
  private var scanner = StatementScanner()
  private var statement: [UInt8] = []
  private var line = 1
  private var startLine = 1
  private var statements = 0

  init(source: String, maxSize: Int64?, leavesRows: Bool = false) {
    self.source = source
    self.maxSize = maxSize
    self.leavesRows = leavesRows
  }

  /// Loads the text.
  /// - Parameter path: an empty file.
  /// - Throws: `SnapshotError`.
  func load(_ stream: any ByteStream, into path: String, _ meter: ProgressMeter) throws {
    let connection = try Connection(path: path, mode: .readWrite)
    // The file is removed when the load fails, so there is nothing to roll back to; the caller syncs at the end.
    try connection.execute("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF")
    try boundPages(connection)
    try feed(stream, connection, meter)
    guard statements > 0 else { throw SnapshotError(.incompleteDump("it holds no statement"), at: source) }
    try connection.close()
    try settle(path)
  }

  /// Runs the text in an empty database.
  /// - Throws: `SnapshotError`.
  func feed(_ stream: any ByteStream, _ connection: Connection, _ meter: ProgressMeter) throws {
    try connection.limit(.attached, 0)
    let buffer = Buffer(Self.bufferLength)
    connection.authorizer = { [self] request in
      let answer = DumpRules.decide(request)
      if case .deny = answer { wasDenied = true }
      return answer
    }
    connection.setProgressHandler(every: Self.stride) { [self] in
      do {
        try meter.add(0)
        work -= Int64(Self.stride)
        guard work >= 0 else {
          throw SnapshotError(
            .refusedStatement(
              line: startLine, sql: String(decoding: statement.prefix(200), as: UTF8.self),
              why: "it does more work than a dump of this length needs"),
            at: source)
        }
        return true
      } catch {
        cancelled = error
        return false
      }
    }
    var isFirst = true
    while true {
      let count = try stream.read(into: buffer.bytes)
      if count == 0 { break }
      var bytes = UnsafeRawBufferPointer(rebasing: buffer.bytes[..<count])
      if isFirst, bytes.starts(with: [0xef, 0xbb, 0xbf]) { bytes = UnsafeRawBufferPointer(rebasing: bytes[3...]) }
      isFirst = false
      work += Int64(count) * Self.workPerByte
      try take(bytes, connection)
      try bound(connection)
      try meter.add(count)
    }
    if scanner.hasContent {
      guard leavesRows else {
        throw SnapshotError(.incompleteDump("it ends within a statement that begins in line \(startLine)"), at: source)
      }
      // A dump that ends so was cut off; a schema that somebody wrote need not end with a semicolon.
      try run(connection)
    } else if leavesRows {
      text += statement
    }
    guard connection.isAutocommit else {
      throw SnapshotError(.incompleteDump("it ends within its transaction"), at: source)
    }
    connection.authorizer = nil
    connection.setProgressHandler(every: 0, nil)
  }

  private var cancelled: (any Error)?
  private var work = leastWork
  /// Whether the authorizer said no; SQLite tells of a function with its general error only.
  private var wasDenied = false

  /// A virtual table whose row was written into the schema is only seen by a connection that opens the file anew.
  private func settle(_ path: String) throws {
    let again = try Connection(path: path, mode: .readWrite)
    let _: Int64? = try again.value("SELECT count(*) FROM sqlite_schema")
    try again.close()
  }

  /// One statement can make more than the whole text is long; looked at exactly when it has run.
  private func boundPages(_ connection: Connection) throws {
    guard let maxSize else { return }
    try DumpRules.unguarded(connection) {
      let pageSize: Int64 = try connection.value("PRAGMA page_size") ?? 4096
      try connection.execute("PRAGMA max_page_count = \(max(16, maxSize / pageSize + 16))")
    }
  }

  private func bound(_ connection: Connection) throws {
    guard let maxSize else { return }
    let pages: Int64 = try DumpRules.unguarded(connection) { try connection.value("PRAGMA page_count") ?? 0 }
    let pageSize: Int64 = try DumpRules.unguarded(connection) { try connection.value("PRAGMA page_size") ?? 4096 }
    if pages * pageSize > maxSize { throw SnapshotError(.tooLarge(bytes: nil, limit: maxSize), at: source) }
  }

  /// Cuts bytes into statements and runs those that are whole.
  private func take(_ bytes: UnsafeRawBufferPointer, _ connection: Connection) throws {
    var start = 0
    for index in 0..<bytes.count {
      let byte = bytes[index]
      if !scanner.hasContent { startLine = line }
      if byte == 0x0a { line += 1 }
      guard byte != 0 else { throw SnapshotError(.damaged("line \(line) of the dump holds a zero byte"), at: source) }
      guard scanner.feed(byte) == .end else { continue }
      statement.append(contentsOf: bytes[start...index])
      start = index + 1
      try run(connection)
      statement.removeAll(keepingCapacity: statement.capacity < 1 << 20)
    }
    statement.append(contentsOf: bytes[start...])
    guard statement.count <= Self.longestStatement else {
      throw SnapshotError(.unsupported("a statement of more than a billion bytes, at line \(startLine)"), at: source)
    }
  }

  private func run(_ connection: Connection) throws {
    guard let sql = String(validating: statement, as: UTF8.self) else {
      throw SnapshotError(.damaged("the statement at line \(startLine) of the dump is no UTF-8"), at: source)
    }
    statements += 1
    let trimmed = DumpRules.strippingComments(sql)
    guard !trimmed.isEmpty else { return }
    if leavesRows, !DumpRules.isOfRows(trimmed) { text += statement }
    do {
      switch DumpRules.treatment(of: trimmed) {
      case .run where leavesRows && DumpRules.isOfRows(trimmed): return
      case .run:
        try connection.execute(sql)
        // The size of its pages may be another now.
        if DumpRules.isPragma(trimmed) { try boundPages(connection) }
      case .passOver: return
      case .refuse(let why): throw SnapshotError(.refusedStatement(line: startLine, sql: trimmed, why: why), at: source)
      case .incomplete(let why): throw SnapshotError(.incompleteDump(why), at: source)
      case .virtualTable:
        try DumpRules.unguarded(connection) {
          try connection.set(.writableSchema, true)
          try connection.execute(sql)
          try connection.set(.writableSchema, false)
        }
      }
    } catch let error as SQLiteError {
      if let cancelled { throw cancelled }
      // It is the bound on pages that says so, unless the disk has no room either; memory has none to ask after.
      if error.code == SQLiteError.full, let maxSize,
        try connection.path == ":memory:" || LocalFiles().freeSpace(connection.path) > 1 << 20
      {
        throw SnapshotError(.tooLarge(bytes: nil, limit: maxSize), at: source)
      }
      if wasDenied {
        throw SnapshotError(
          .refusedStatement(line: startLine, sql: trimmed, why: "it reaches outside the database"), at: source,
          cause: bare(error))
      }
      throw SnapshotError(.failedStatement(line: startLine, sql: trimmed), at: source, cause: bare(error))
    }
  }

  /// The error without the statement, which may be very long and is named already.
  private func bare(_ error: SQLiteError) -> SQLiteError { SQLiteError(error.extendedCode, error.message) }
}
