// Who holds a database's lock, as it stands in a slot of the lock file. What a file says is input: bounded, and plain.

public import TidemarkSnapshots

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// Who holds the lock of a database.
public struct LockHolder: Sendable, Hashable, CustomStringConvertible {
  /// The process, on its host.
  public var pid: Int32
  /// The build that runs there.
  public var build: String
  /// The host.
  public var host: String
  /// Since when, as RFC 3339 in universal time.
  public var since: String
  /// What for, as "service" or "restore".
  public var purpose: String

  /// Someone; control characters are left out and long texts are cut, so that all of it fits a slot.
  public init(pid: Int32, build: String, host: String, since: String, purpose: String) {
    self.pid = pid
    self.build = Self.plain(build, 80)
    self.host = Self.plain(host, 64)
    self.since = Self.plain(since, 32)
    self.purpose = Self.plain(purpose, 32)
  }

  /// This process, from this moment on.
  public static func current(build: String, purpose: String, now: UTCStamp = .now) -> LockHolder {
    var name = [CChar](repeating: 0, count: 256)
    // A host that does not know its name is left out.
    let isNamed = gethostname(&name, name.count - 1) == 0
    let host = isNamed ? String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self) : ""
    return LockHolder(pid: getpid(), build: build, host: host, since: now.rfc3339, purpose: purpose)
  }

  /// The build, where it runs, since when and what for.
  public var description: String {
    let name = build.isEmpty ? "a build without a name" : build
    let place = host.isEmpty ? "process \(pid)" : "process \(pid) on \(host)"
    let reason = purpose.isEmpty ? "" : ", for \(purpose)"
    return since.isEmpty ? "\(name), \(place)\(reason)" : "\(name), \(place), since \(since)\(reason)"
  }

  /// The line in a slot.
  var line: String { [String(pid), since, purpose, host, build].joined(separator: "\t") + "\n" }

  /// Reads a slot; nil when it holds nothing that makes sense.
  init?(slot bytes: some Sequence<UInt8>) {
    let text = String(decoding: bytes.prefix { $0 != 0x0a && $0 != 0 }, as: UTF8.self)
    let fields = text.split(separator: "\t", maxSplits: 4, omittingEmptySubsequences: false).map(String.init)
    guard fields.count == 5, let pid = Int32(fields[0]), pid > 0 else { return nil }
    self.init(pid: pid, build: fields[4], host: fields[3], since: fields[1], purpose: fields[2])
  }

  /// A text without what would move a terminal's cursor or forge a field, cut to a number of bytes.
  private static func plain(_ text: String, _ limit: Int) -> String {
    var result = String.UnicodeScalarView()
    var room = limit
    for scalar in text.unicodeScalars {
      switch scalar.properties.generalCategory {
      case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned: continue
      default: break
      }
      let size = String(scalar).utf8.count
      guard size <= room else { break }
      room -= size
      result.append(scalar)
    }
    return String(result)
  }
}
