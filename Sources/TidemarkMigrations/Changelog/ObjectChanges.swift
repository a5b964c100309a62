// Which objects a change added, changed and removed: what tells a failed downgrade from somebody's drift.
package import TidemarkSchema

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// Objects that a change added, changed and removed, each as "table jobs" or "index jobs_by_role".
public struct ObjectChanges: Sendable, Hashable, Codable {
  /// Not there before.
  public var added: [String]
  /// There before and after, with other text.
  public var changed: [String]
  /// Not there afterwards.
  public var removed: [String]
  /// The rows that the upgrade made and read; nil where it wrote none, and for entries of builds that did not look.
  public var rows: RowChanges?
  /// Whether what its downgrade would destroy is kept; nil for yes.
  public var attic: AtticPolicy?

  /// The rows that an upgrade made, and what it made them of.
  public struct RowChanges: Sendable, Hashable, Codable {
    /// Tables that were there before and that it read, sorted.
    public var reads: [String]
    /// By table that is there afterwards, the columns it set, sorted; "*" where it inserted or deleted rows.
    public var writes: [String: [String]]

    /// Rows made and read.
    public init(reads: [String], writes: [String: [String]]) {
      self.reads = reads
      self.writes = writes
    }
  }

  /// No change.
  public init(added: [String] = [], changed: [String] = [], removed: [String] = []) {
    self.added = added
    self.changed = changed
    self.removed = removed
  }

  /// Whether the upgrade puts rows into a table.
  func fills(_ table: String) -> Bool {
    rows?.writes.contains { $0.key.lowercased() == table.lowercased() && $0.value.contains("*") } ?? false
  }

  /// What differs between two states of a schema.
  package init(before: Schema, after: Schema) {
    self.init()
    var old: [String: SchemaObject] = [:]
    for object in before.objects { old[Self.key(object)] = object }
    for object in after.objects {
      guard let was = old.removeValue(forKey: Self.key(object)) else {
        added.append(object.title)
        continue
      }
      if was != object { changed.append(object.title) }
    }
    removed = old.values.map(\.title)
    sort()
  }

  private mutating func sort() {
    added.sort()
    changed.sort()
    removed.sort()
  }

  /// An object's identity: SQLite's names ignore the case of ASCII letters.
  package static func key(_ object: SchemaObject) -> String { key(object.title) }
  /// An object's identity from its title.
  package static func key(_ title: String) -> String { nameKey(title) }

  /// Everything that is named.
  package var all: [String] { added + changed + removed }

  /// As JSON, for the changelog.
  package var json: String {
    get throws {
      // The rule, at a thousand migrations: names of plain letters need no encoder.
      if rows == nil, attic == nil, all.allSatisfy({ $0.utf8.allSatisfy(Self.isPlain) }) {
        let lists = [("added", added), ("changed", changed), ("removed", removed)].map { key, titles in
          "\"\(key)\":[" + titles.map { "\"\($0)\"" }.joined(separator: ",") + "]"
        }
        return "{" + lists.joined(separator: ",") + "}"
      }
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
      return String(decoding: try encoder.encode(self), as: UTF8.self)
    }
  }

  /// Whether a byte stands for itself in JSON.
  private static func isPlain(_ byte: UInt8) -> Bool {
    (0x20...0x7e).contains(byte) && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
  }

  /// From the changelog's JSON; nothing where it is not that, because it only explains and never decides to run SQL.
  package init(json: String) {
    self = (try? JSONDecoder().decode(ObjectChanges.self, from: Data(json.utf8))) ?? ObjectChanges()
  }
}
