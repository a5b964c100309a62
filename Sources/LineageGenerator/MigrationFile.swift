// A file whose name makes it a migration: `V012_AddTaskTier.swift`.

internal import TidemarkSchema

/// A migration as its file's name tells it.
struct MigrationFile {
  /// Where it is.
  let path: String
  /// The type that it declares, such as `V012_AddTaskTier`.
  let type: String
  /// The digits of the id, as written.
  let digits: Substring
  /// The name behind the id.
  let name: Substring

  /// The id; nil when the digits are 0 or too many for 2⁶³−1.
  var id: Int64? { Int64(digits).flatMap { $0 > 0 ? $0 : nil } }

  /// Reads a path; nil when the file's name is not `V<digits>_<Name>.swift`.
  init?(_ path: String) {
    let file = SourceFile.name(of: path)
    guard file.hasPrefix("V"), let parts = Self.parts(file) else { return nil }
    self.path = path
    (digits, name) = parts
    type = String(file.dropLast(6))
  }

  /// The digits and the name in the name of a file or, with `.swift` behind it, a type, in either letter case of the V;
  /// nil for any other name.
  private static func parts(_ file: String) -> (digits: Substring, name: Substring)? {
    guard file.first == "V" || file.first == "v", file.hasSuffix(".swift") else { return nil }
    let stem = file.dropLast(6)
    let digits = stem.dropFirst().prefix { $0.isASCII && $0.isNumber }
    let rest = stem.dropFirst(1 + digits.count)
    guard !digits.isEmpty, rest.first == "_", rest.count > 1,
      rest.allSatisfy({ $0 == "_" || $0.isLetter || $0.isNumber })
    else { return nil }
    return (digits, rest.dropFirst())
  }

  /// The file that a type of this name stands in when it is a migration, as its name says; nil for any other name.
  static func file(ofType type: String) -> String? {
    let file = "\(type).swift"
    return parts(file) == nil ? nil : "V" + file.dropFirst()
  }
}
