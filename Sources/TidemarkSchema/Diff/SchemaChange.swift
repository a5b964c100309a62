// What leads from one schema to another, object by object and in words. A pure function of two values.

/// One object that is another in a second schema.
public struct SchemaChange: Sendable, Hashable, Codable {
  /// What becomes of an object.
  public enum Kind: String, Sendable, Hashable, Codable {
    /// It comes.
    case added
    /// It goes.
    case removed
    /// It is there before and after, and not the same.
    case changed
    /// It has another name, and may be another besides.
    case renamed
  }

  /// What becomes of it.
  public var kind: Kind
  /// What it is.
  public var type: ObjectType
  /// Its name: afterwards, or before where it goes.
  public var name: String
  /// Its name before, of one that is renamed.
  public var formerName: String?
  /// What is different, a phrase each: `column tier added: TEXT NOT NULL`.
  public var details: [String]
  /// Whether a table has to be made anew and filled from the old one.
  public var isRebuilt = false

  /// The change in one line.
  public var words: String {
    let title = "\(type.rawValue) \(name)"
    switch kind {
    case .added, .removed: return "\(title) \(kind.rawValue)"
    case .changed: return "\(title): \(details.joined(separator: "; "))"
    case .renamed:
      let rest = details.isEmpty ? "" : ": \(details.joined(separator: "; "))"
      return "\(type.rawValue) \(formerName ?? "") renamed to \(name)\(rest)"
    }
  }

  /// What leads from one schema to another. The order is that of reading: by type, then by name.
  ///
  /// Objects that mean the same are no change, however they are written. The order of columns counts.
  /// - Parameter renames: which are the same under another name; without, what goes and what comes are two things.
  public static func between(_ from: Schema, _ to: Schema, renames: SchemaRenames = .none) -> [SchemaChange] {
    SchemaComparison(from: from, to: to, renames: renames).changes
  }

  /// The order of reading.
  static func precedes(_ left: SchemaChange, _ right: SchemaChange) -> Bool {
    (left.type, folded(left.name), left.kind.rawValue) < (right.type, folded(right.name), right.kind.rawValue)
  }
}
