// Who has a file open, as far as this system tells: the one place that reads /proc. Only ever used for words and as an
// early warning; what decides is the lease.
internal import TidemarkSQLite

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// A process that has a file open.
public struct FileHolder: Sendable, Hashable, CustomStringConvertible {
  /// The process.
  public var pid: Int32
  /// Its name, at most 64 characters, without control characters; empty when it cannot be read.
  public var command: String

  /// The name and the number.
  public var description: String { command.isEmpty ? "process \(pid)" : "\(command), process \(pid)" }

  /// Other processes that have a database or a side file of it open: those this user may look at, on Linux.
  static func others(of database: String) -> [FileHolder] {
    #if os(Linux)
      let identities = identities(of: database)
      let own = getpid()
      return names(in: "/proc").compactMap { Int32($0) }.sorted()
        .filter { $0 != own && holds("/proc/\($0)/fd", database, identities) }
        .map { FileHolder(pid: $0, command: command($0)) }
    #else
      return []
    #endif
  }

  /// Whether this process has the database open: then to open and close it here would drop the locks it holds. Symbolic links
  /// are followed, as SQLite does. Told on Linux only, and of no other hard link of it.
  static func isThisProcess(_ database: String) -> Bool {
    #if os(Linux)
      guard let real = try? LocalFiles().resolve(database) else { return false }  // nothing is there
      return holds("/proc/self/fd", real, identities(of: real))
    #else
      return false
    #endif
  }

  /// A descriptor by which this process has a database open already: SQLite's. It is not the caller's, who must hold the
  /// database open through a connection for as long as it is used, and never closes it, which would drop that connection's
  /// locks.
  /// - Returns: nil where none can be told.
  static func ownDescriptor(of database: String) -> Int32? {
    #if os(Linux)
      guard let wanted = identity(database), let real = try? LocalFiles().resolve(database) else { return nil }
      let folder = "/proc/self/fd"
      let found = names(in: folder).first { name in
        let path = folder + "/" + name
        return link(path).map { lastComponent(of: $0) == lastComponent(of: real) } == true && identity(path) == wanted
      }
      return found.flatMap { Int32($0) }
    #else
      return nil
    #endif
  }

  #if os(Linux)
    private struct Identity: Hashable {
      var device: UInt
      var inode: UInt
    }

    private static func identity(_ path: String) -> Identity? {
      var raw = stat()
      return stat(path, &raw) == 0 ? Identity(device: UInt(raw.st_dev), inode: UInt(raw.st_ino)) : nil
    }

    private static func identities(of database: String) -> Set<Identity> {
      Set(([""] + SwapPlace.sideSuffixes).compactMap { identity(database + $0) })
    }

    /// Descriptors are first compared by name, since asking after one on a dead network file system would hang.
    private static func holds(_ folder: String, _ database: String, _ identities: Set<Identity>) -> Bool {
      let wanted = Set(([""] + SwapPlace.sideSuffixes).map { lastComponent(of: database) + $0 })
      return names(in: folder).contains { name in
        let path = folder + "/" + name
        guard let link = link(path), wanted.contains(lastComponent(of: link)), let identity = identity(path) else {
          return false
        }
        return identities.contains(identity)
      }
    }

    private static func link(_ path: String) -> String? {
      var buffer = [UInt8](repeating: 0, count: 4096)
      let count = buffer.withUnsafeMutableBytes { raw -> Int in
        guard let base = raw.baseAddress else { return 0 }
        return base.withMemoryRebound(to: CChar.self, capacity: raw.count) { readlink(path, $0, raw.count) }
      }
      return count > 0 ? String(decoding: buffer.prefix(count), as: UTF8.self) : nil
    }

    private static func names(in folder: String) -> [String] {
      // A process that ended, or that is another user's, has no list: it is left out.
      (try? LocalFiles().list(folder)) ?? []
    }

    private static func command(_ pid: Int32) -> String {
      let files = LocalFiles()
      guard let descriptor = try? files.open("/proc/\(pid)/comm", .read) else { return "" }
      defer { files.close(descriptor) }
      var buffer = [UInt8](repeating: 0, count: 64)
      let count = buffer.withUnsafeMutableBytes { (try? files.read(descriptor, into: $0, at: 0)) ?? 0 }
      let name = String(decoding: buffer.prefix(count), as: UTF8.self)
      return String(String.UnicodeScalarView(name.unicodeScalars.filter { $0.value >= 0x20 && $0.value != 0x7f }))
    }
  #endif
}
