// The schema that a file of SQL makes: a dump, or what somebody wrote. It is run, because only SQLite knows what it means;
// and as it is input, under the rules for dumps, in memory.
public import TidemarkSQLite

/// A file of SQL text, plain or LZ4.
public enum SchemaFile {
  /// The greatest database that the text may make, in bytes: rows are left out, so only a table made from a query is big.
  static let maxSize: Int64 = 32 << 20

  /// Runs the text in an empty database in memory, without its rows.
  ///
  /// What reaches outside the one database is refused. A file without a statement makes an empty schema.
  /// - Parameters:
  ///   - path: the file.
  ///   - connection: an empty database in memory.
  ///   - onProgress: told how far it is; a throw ends it.
  /// - Returns: the text that was run, with its comments.
  /// - Throws: `SnapshotError`: missing, no text, a statement that fails or is refused.
  public static func load(
    _ path: String, into connection: Connection, onProgress: ProgressHandler? = nil,
    files: any FileSystem = LocalFiles()
  ) throws -> String {
    let file = try InputFile(path, files)
    if try isBlank(file) { return "" }
    let stream: any ByteStream
    switch try SourceKind.detect(file) {
    case .dump: stream = FileStream(file)
    case .lz4Dump: stream = try FrameStream(file)
    default: throw SnapshotError(.foreign(found: "it is no SQL text"), at: path)
    }
    let loader = DumpLoader(source: path, maxSize: maxSize, leavesRows: true)
    let pageSize: Int64 = try connection.value("PRAGMA page_size") ?? 4096
    try connection.execute("PRAGMA max_page_count = \(maxSize / pageSize)")
    try SnapshotError.naming(path, "run it") {
      try loader.feed(stream, connection, ProgressMeter("read", total: nil, onProgress))
      // A dump writes the rows of virtual tables into the schema, which a connection sees when it reads that anew.
      try connection.execute("PRAGMA writable_schema = RESET")
    }
    return String(decoding: loader.text, as: UTF8.self)
  }

  /// Whether a file holds nothing but white space and comments: a schema that has not been begun.
  public static func isBlank(_ path: String, files: any FileSystem = LocalFiles()) throws -> Bool {
    try isBlank(InputFile(path, files))
  }

  private static func isBlank(_ file: InputFile) throws -> Bool {
    guard file.size <= 64 * 1024 else { return false }
    let bytes = try file.bytes(at: 0, Int(file.size))
    guard let text = String(validating: bytes, as: UTF8.self), !bytes.contains(0) else { return false }
    return DumpRules.strippingComments(text).isEmpty
  }
}
