// The SQLite library this process is linked with: its version decides which ALTER statements are native.
internal import CTidemarkSQLite

/// The SQLite library in use.
public enum SQLiteLibrary {
  /// The version as one number, such as 3040001 for 3.40.1.
  public static var version: Int32 { sqlite3_libversion_number() }
  /// The version in words, such as "3.40.1".
  public static var versionString: String { String(cString: sqlite3_libversion()) }
  /// The identity of the library's source, which tells two copies in one process apart.
  public static var sourceID: String { String(cString: sqlite3_sourceid()) }
  /// Whether the library was built with an option, such as `ENABLE_SESSION`.
  public static func wasBuilt(with option: String) -> Bool { sqlite3_compileoption_used(option) != 0 }
  /// Whether the text ends with a complete statement (https://sqlite.org/c3ref/complete.html).
  public static func isComplete(_ sql: String) -> Bool { sqlite3_complete(sql) != 0 }
}
