// One change compiled into the build. Its author writes a type; the type's name says which one it is.

/// One change of the schema or the data: how it is made, and how it is undone by a build that does not know it.
///
/// The type's name gives id and name: `V012_AddTaskTier` is 12, "AddTaskTier". A type that is used more than once
/// with other parameters states them itself.
public protocol Migration: Sendable {
  /// Its number in the lineage.
  var id: MigrationID { get }
  /// Its name, for people.
  var name: String { get }
  /// Raised by the author when the downgrade is corrected after release; databases then take the correction.
  var revision: Int { get }
  /// The change.
  var upgrade: Upgrade { get }
  /// The way back, stored in the database as text; derived where it is not stated.
  var downgrade: Downgrade { get }
  /// Whether what the way back would destroy is kept until the upgrade comes back; stored with the change, so that a
  /// build which does not know it abides by it.
  var attic: AtticPolicy { get }
}

extension Migration {
  /// The digits after the V of the type's name; 0, which no lineage accepts, when the name has none.
  public var id: MigrationID { MigrationTypeName(Self.typeName)?.id ?? MigrationID(0) }
  /// What follows the underscore in the type's name.
  public var name: String {
    let type = Self.typeName
    return MigrationTypeName(type)?.name ?? type
  }
  /// The type's name, without its module. Not by `String(describing:)`: that asks the runtime whether the type's type
  /// has a description of its own, which takes as long for a thousand types as everything else that a start does.
  private static var typeName: String { _typeName(Self.self, qualified: false) }
  /// Not corrected yet.
  public var revision: Int { 0 }
  /// Drafted from the schema before and after the upgrade.
  public var downgrade: Downgrade { .derived }
  /// It is kept.
  public var attic: AtticPolicy { .keep }
}

/// A type's or a file's name of the form `V012_AddTaskTier`, taken apart.
public struct MigrationTypeName: Sendable, Hashable {
  /// The number.
  public var id: MigrationID
  /// The rest.
  public var name: String

  /// Takes a name apart; nil when it is of another form.
  public init?(_ text: String) {
    guard text.utf8.first == UInt8(ascii: "V"), let underscore = text.firstIndex(of: "_") else { return nil }
    guard let id = MigrationID(String(text[text.index(after: text.startIndex)..<underscore])) else { return nil }
    let name = text[text.index(after: underscore)...]
    guard !name.isEmpty else { return nil }
    self.id = id
    self.name = String(name)
  }
}
