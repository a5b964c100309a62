// What tells two schemas apart, in words that say what to look at. A pure function of two values.

/// The objects by which a schema differs from the one that was expected.
public struct SchemaDifference: Sendable, Hashable, Codable {
  /// An object that is in both, but not the same.
  public struct Change: Sendable, Hashable, Codable {
    /// What it is.
    public var type: ObjectType
    /// Its name, as expected.
    public var name: String
    /// How it differs, a phrase each: `column tier is missing`.
    public var words: [String]
  }

  /// Expected, and not there.
  public var missing: [SchemaObject]
  /// There, and not expected.
  public var unexpected: [SchemaObject]
  /// There, and not as expected.
  public var changed: [Change]

  /// Whether the schemas mean the same.
  public var isEmpty: Bool { missing.isEmpty && unexpected.isEmpty && changed.isEmpty }

  /// Each difference as a phrase: `table jobs: column tier is missing`, `index i is missing`.
  public var words: [String] {
    missing.map { "\($0.title) is missing" } + unexpected.map { "\($0.title) is not expected" }
      + changed.flatMap { change in change.words.map { "\(change.type.rawValue) \(change.name): \($0)" } }
  }

  /// Compares two schemas by fingerprint, and says in words how those objects differ whose fingerprints do.
  public static func between(expected: Schema, found: Schema, kind: FingerprintKind) -> SchemaDifference {
    let (wanted, present) = (index(expected), index(found))
    var result = SchemaDifference(missing: [], unexpected: [], changed: [])
    for (key, object) in wanted {
      guard let other = present[key] else {
        result.missing.append(object)
        continue
      }
      guard object != other, object.fingerprint(kind) != other.fingerprint(kind) else { continue }
      let words = ObjectComparison(expected: object, found: other, kind: kind).words
      result.changed.append(Change(type: object.type, name: object.name, words: words))
    }
    result.unexpected = present.filter { wanted[$0.key] == nil }.map(\.value)
    result.missing.sort(by: precedes)
    result.unexpected.sort(by: precedes)
    result.changed.sort { ($0.type, folded($0.name)) < ($1.type, folded($1.name)) }
    return result
  }

  private struct Key: Hashable {
    var type: ObjectType
    var name: String
  }

  private static func index(_ schema: Schema) -> [Key: SchemaObject] {
    Dictionary(schema.objects.map { (Key(type: $0.type, name: nameKey($0.name)), $0) }, uniquingKeysWith: { $1 })
  }

  private static func precedes(_ left: SchemaObject, _ right: SchemaObject) -> Bool {
    (left.type, folded(left.name)) < (right.type, folded(right.name))
  }
}
