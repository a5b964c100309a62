// What is fuzzed: every reader of bytes that come from outside. A reader may refuse; it may not trap, hang, or take memory
// without bound, and what it says of its input has to be true.

/// One reader of untrusted bytes.
public enum FuzzTarget: String, CaseIterable, Sendable {
  /// A file as a whole: what kind it is, and all that is done with a snapshot before one byte of it is believed.
  case snapshot
  /// The tail's sections with all checksums in order, so that what is behind them is reached.
  case tail
  /// LZ4 frames of any layout.
  case frame
  /// SQL text: tokens, statements, definitions, fingerprints, lint.
  case tokens
  /// A changelog in a database, and the JSON in its columns.
  case changelog
  /// An SQL dump, run into an empty database.
  case dump
  /// `lineage.sum`, `retired.sql`, and Swift sources.
  case sum
  /// A changeset of the session extension.
  case changeset
  /// Key files, signatures, labels of sealed snapshots, times, names.
  case key

  /// Reads some bytes.
  /// - Throws: `FuzzFinding` when the reader said something that is not so. Its refusals are caught here.
  public func run(_ bytes: [UInt8]) throws {
    switch self {
    case .snapshot: try SnapshotInput.run(bytes)
    case .tail: try SnapshotInput.runTail(bytes)
    case .frame: try SnapshotInput.runFrame(bytes)
    case .dump: try SnapshotInput.runDump(bytes)
    case .key: try SnapshotInput.runKey(bytes)
    case .tokens: try SchemaInput.runTokens(bytes)
    case .sum: try SchemaInput.runSum(bytes)
    case .changelog: try DatabaseInput.runChangelog(bytes)
    case .changeset: try DatabaseInput.runChangeset(bytes)
    }
  }
}

/// A reader said something that is not so.
public struct FuzzFinding: Error, CustomStringConvertible {
  public var description: String

  init(_ words: String) { description = words }

  /// - Throws: itself unless the condition holds.
  static func unless(_ condition: Bool, _ words: @autoclosure () -> String) throws {
    if !condition { throw FuzzFinding(words()) }
  }
}
