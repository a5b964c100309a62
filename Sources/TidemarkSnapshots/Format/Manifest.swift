// The manifest: what a snapshot says of itself, so that it can be listed, planned and compared without being unpacked.
#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// What a snapshot says of itself. It can lie: whoever restores looks at the real database anew.
///
/// Written as JSON; keys that a reader does not know are passed over, so later builds can add some.
public struct Manifest: Codable, Sendable, Hashable {
  /// The longest manifest that is read, in bytes.
  public static let greatestLength = 64 << 20
  /// The most values in one: reading takes some hundred bytes for each, and twenty for a migration are enough.
  private static let mostValues = 1 << 19

  /// The result of the check made at capture.
  public enum Check: String, Codable, Sendable {
    /// None was asked for.
    case none
    /// `PRAGMA quick_check` found nothing.
    case quickOK = "quick-ok"
  }

  /// How a consistent state was had.
  public enum CaptureMethod: String, Codable, Sendable {
    /// WAL mode: the WAL was wholly in the file when the read transaction began; writers went on.
    case frozenWAL = "frozen-wal"
    /// Rollback-journal mode: the read transaction kept writers waiting.
    case sharedLock = "shared-lock"
    /// One step of SQLite's online backup into a temporary file, because the WAL could not be emptied.
    case backup
  }

  /// What makes a snapshot an increment.
  public struct Increment: Codable, Sendable, Hashable {
    /// The digest of the parent's tail, 32 hexadecimal digits.
    public var parentDigest: String
    /// How many snapshots stand before it in its chain, the whole one included.
    public var depth: Int
    /// The blocks of the database.
    public var blocks: Int
    /// Those of them that are in this file; the frame holds nothing else.
    public var stored: Int
    /// The ids of the other snapshots that hold blocks of it. Without each of them it cannot be restored.
    public var needs: [String]
  }

  /// When the state was captured.
  public var time: Timestamp
  /// Who wrote the snapshot: the program and its version.
  public var writer: String
  /// The version of the SQLite library, such as "3.40.1".
  public var sqliteVersion: String
  /// Bytes a page, a power of two from 512 to 65536.
  public var pageSize: Int
  /// Pages in the database.
  public var pageCount: Int64
  /// The journal mode: "wal", or that of rollback, such as "delete".
  public var journalMode: String
  /// The file change counter of the header (bytes 24–27). In WAL mode it need not move with each commit.
  public var changeCounter: UInt32
  /// The id of the snapshot this one is an increment of; nil when it is whole.
  public var parent: String?
  /// How it is one; nil when it is whole.
  public var increment: Increment?
  /// The result of the check made at capture.
  public var check: Check
  /// How a consistent state was had.
  public var capture: CaptureMethod
  /// The compression level, 1 to 12.
  public var level: Int
  /// Why retention must spare it; nil when it need not.
  public var pinned: String?
  /// What the floors above know of the database: lineage, schema and changelog.
  public var description: DatabaseDescription?

  /// A manifest.
  public init(
    time: Timestamp, writer: String, sqliteVersion: String, pageSize: Int, pageCount: Int64, journalMode: String,
    changeCounter: UInt32, parent: String? = nil, increment: Increment? = nil, check: Check, capture: CaptureMethod,
    level: Int,
    pinned: String? = nil, description: DatabaseDescription? = nil
  ) {
    self.time = time
    self.writer = writer
    self.sqliteVersion = sqliteVersion
    self.pageSize = pageSize
    self.pageCount = pageCount
    self.journalMode = journalMode
    self.changeCounter = changeCounter
    self.parent = parent
    self.increment = increment
    self.check = check
    self.capture = capture
    self.level = level
    self.pinned = pinned
    self.description = description
  }

  /// The manifest as JSON, its keys in order.
  func json() throws(FormatFault) -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    do {
      return [UInt8](try encoder.encode(self))
    } catch {
      throw FormatFault.unsupported("the manifest cannot be written as JSON: \(error)")
    }
  }

  /// How many values JSON has at the most: one for each opening bracket and each comma outside of strings.
  private static func values(in json: [UInt8]) -> Int {
    var (count, isString, isEscaped) = (0, false, false)
    for byte in json {
      if isString {
        if isEscaped {
          isEscaped = false
        } else if byte == UInt8(ascii: "\\") {
          isEscaped = true
        } else if byte == UInt8(ascii: "\"") {
          isString = false
        }
      } else if byte == UInt8(ascii: "\"") {
        isString = true
      } else if byte == UInt8(ascii: ",") || byte == UInt8(ascii: "[") || byte == UInt8(ascii: "{") {
        count += 1
      }
    }
    return count
  }

  /// Reads a manifest.
  init(json: [UInt8]) throws(FormatFault) {
    guard json.count <= Self.greatestLength else {
      throw FormatFault.unsupported("a manifest of more than \(Self.greatestLength >> 20) MiB")
    }
    guard Self.values(in: json) <= Self.mostValues else {
      throw FormatFault.unsupported("a manifest of more than \(Self.mostValues) values")
    }
    do {
      self = try JSONDecoder().decode(Manifest.self, from: Data(json))
    } catch {
      throw FormatFault.damaged("the manifest cannot be read: \(error)")
    }
    guard (9...16).contains(where: { pageSize == 1 << $0 }), pageCount >= 0, pageCount <= 0xFFFF_FFFE else {
      throw FormatFault.damaged("the manifest's page size or count cannot be")
    }
    if let increment {
      guard parent.map(BlockMap.mayBeID) == true, (1...BlockMap.mostAncestors).contains(increment.depth),
        increment.needs.count <= BlockMap.mostAncestors
      else { throw FormatFault.damaged("the manifest's words on its parent cannot be") }
    }
  }
}
