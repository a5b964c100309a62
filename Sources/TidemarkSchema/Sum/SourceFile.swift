// The files beside the migrations: lineage.sum, head.sql, schema.sql, retired.sql, and what is generated from them.

internal import TidemarkSQLite

/// Reads and writes files of source text, UTF-8.
public enum SourceFile {
  /// The text of a file.
  /// - Throws: an error whose description says what is wrong: unreadable, or no UTF-8.
  public static func read(_ path: String) throws -> String {
    let bytes = try LocalFiles().contents(of: path)
    guard let text = String(validating: bytes, as: UTF8.self) else {
      let valid = String(decoding: bytes, as: UTF8.self).utf8
      let line = 1 + zip(bytes, valid).prefix { $0 == $1 }.filter { $0.0 == UInt8(ascii: "\n") }.count
      throw SchemaError(.notText, "\(lastComponent(of: path)) is not UTF-8", line: line)
    }
    return text
  }

  /// The text of a file, with U+FFFD for each byte that is no UTF-8: for a file that is only looked at, so that what mends
  /// it can run.
  /// - Throws: an error whose description says why it cannot be read.
  public static func readRepaired(_ path: String) throws -> String {
    String(decoding: try LocalFiles().contents(of: path), as: UTF8.self)
  }

  /// The text of a file; nil for bytes that are no UTF-8.
  /// - Throws: an error whose description says why it cannot be read.
  public static func readIfText(_ path: String) throws -> String? {
    String(validating: try LocalFiles().contents(of: path), as: UTF8.self)
  }

  /// Puts `text` into a file, all at once; leaves it alone, with its time, when it says that already.
  /// - Returns: whether the file changed.
  /// - Throws: an error whose description says what is wrong.
  @discardableResult
  public static func write(_ text: String, to path: String) throws -> Bool {
    try LocalFiles().replace(path, with: Array(text.utf8))
  }

  /// Whether there is a file.
  public static func exists(_ path: String) -> Bool {
    (try? LocalFiles().status(path, followLinks: true))?.kind == .file
  }

  /// The last part of a path.
  public static func name(of path: String) -> String { lastComponent(of: path) }
}
