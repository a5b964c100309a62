// Small files as text, and the few names that the benchmarks move about.
import Tidemark

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Files as text.
enum Text {
  /// A file whole. Files of /proc, which tell no size, too.
  static func read(_ path: String) throws -> String {
    let files = LocalFiles()
    let descriptor = try files.open(path, .read)
    defer { files.close(descriptor) }
    var bytes: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = try piece.withUnsafeMutableBytes { try files.read(descriptor, into: $0, at: Int64(bytes.count)) }
      if count == 0 { return String(decoding: bytes, as: UTF8.self) }
      bytes += piece[..<count]
    }
  }

  /// A line on standard error.
  static func say(_ words: String) {
    let line = words + "\n"
    // Nothing depends on whether anybody hears it.
    _ = Glibc.write(2, line, line.utf8.count)
  }

  static func write(_ text: String, to path: String) throws {
    try LocalFiles().replace(path, with: Array(text.utf8))
  }

  /// A figure of this process: the number behind "name:" in a file of /proc/self.
  static func figure(_ name: String, in file: String) throws -> Double {
    for line in try read("/proc/self/\(file)").split(separator: "\n") where line.hasPrefix(name + ":") {
      let words = line.dropFirst(name.count + 1).split(whereSeparator: { $0 == " " || $0 == "\t" })
      if let number = words.first.flatMap({ Double($0) }) { return number }
    }
    throw UsageError(words: "/proc/self/\(file) has no \(name)")
  }
}

/// Names of files.
enum Paths {
  /// Removes a database with all that may stand beside it, previous ones too.
  static func removeDatabase(_ path: String) throws {
    let files = LocalFiles()
    let folder = parentFolder(of: path)
    let name = lastComponent(of: path)
    for found in try files.list(folder) where found == name || found.hasPrefix(name + "-") || isKept(found, of: name) {
      try files.unlink(join(folder, found))
    }
  }

  /// Whether a name is of a database that a restore displaced.
  private static func isKept(_ found: String, of name: String) -> Bool { found.hasPrefix(name + ".") }

  static func remove(_ path: String) throws {
    if try LocalFiles().status(path, followLinks: false) != nil { try LocalFiles().unlink(path) }
  }

  /// Removes the files in a folder, if it is there.
  static func empty(_ folder: String) throws {
    guard try exists(folder) else { return }
    for name in try LocalFiles().list(folder) { try LocalFiles().unlink(join(folder, name)) }
  }

  static func exists(_ path: String) throws -> Bool { try LocalFiles().status(path, followLinks: true) != nil }

  static func size(_ path: String) throws -> Int64 { try LocalFiles().status(path, followLinks: true)?.size ?? 0 }
}
