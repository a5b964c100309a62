// A folder of one's own among what everybody writes: nobody else can look into it, nor put anything there beforehand.

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// A new folder for its owner alone.
package struct ScratchFolder: Sendable {
  /// Its path.
  package let path: String

  /// Makes one.
  /// - Parameter folder: where.
  /// - Throws: `FileError`.
  package init(in folder: String) throws {
    var template = Array(join(folder, ".tidemark-scratch-XXXXXX").utf8CString)
    let made = template.withUnsafeMutableBufferPointer { buffer in
      buffer.baseAddress.flatMap { mkdtemp($0) } != nil
    }
    guard made else { throw FileError("make a folder in", folder, errno) }
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// Removes it, after what is in it; where that could not be removed, it stays.
  package func remove() { rmdir(path) }
}
