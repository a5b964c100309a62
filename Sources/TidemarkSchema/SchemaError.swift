// What can be wrong with a schema, a script or a sum, as one type.

/// An error of this module. Errors of SQLite pass through as they are.
public struct SchemaError: Error, Sendable, Hashable, CustomStringConvertible {
  /// What kind of error.
  public enum Code: String, Sendable, Hashable, Codable {
    /// The schema table holds a row that is none of the four kinds.
    case unknownObject
    /// A file is no UTF-8 text.
    case notText
    /// A table's content cannot be written as a script.
    case unwritable
    /// A file of retired migrations is not what it should be.
    case malformedRetired
    /// A sum file is not what it should be.
    case malformedSum
    /// No statements lead from one schema to another.
    case unalterable
    /// A note for Tidemark in a schema's text is not what it should be.
    case malformedNote
  }

  /// What kind of error.
  public var code: Code
  /// What is wrong, in words.
  public var message: String
  /// The line it stands on, counted from 1, where there is a text.
  public var line: Int?
  /// What to do about it, where that is known.
  public var hint: String?

  /// An error with these properties.
  public init(_ code: Code, _ message: String, line: Int? = nil, hint: String? = nil) {
    self.code = code
    self.message = message
    self.line = line
    self.hint = hint
  }

  /// The message, the line and the hint.
  public var description: String {
    var text = line.map { "line \($0): " + message } ?? message
    if let hint { text += "; " + hint }
    return text
  }
}
