// Manifests that a forger wrote, in tails whose digests agree: names of other files, and lengths that nobody needs.
import Foundation
import Synchronization
import TestFiles
import TidemarkSQLite
import Testing

@testable import TidemarkSnapshots

@Suite struct ForgedManifestTests {
  /// Hears which files are asked for.
  private final class Listening: ForwardingFiles {
    let base = LocalFiles()
    private let heard = Mutex<[String]>([])
    var paths: [String] { heard.withLock { $0 } }

    func forward<T>(_ operation: String, _ path: String?, _ body: () throws -> T) throws -> T {
      if let path { heard.withLock { $0.append(path) } }
      return try body()
    }
  }

  /// Changes a tail and puts its digest right.
  private func forge(_ path: String, _ change: (inout Data, Int) -> Void) throws {
    var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
    let reader = try SnapshotReader.open(path)
    let start = Int(reader.index.frameEnd)
    change(&bytes, start)
    let digest = [UInt8](bytes[start..<bytes.count - 24]).withUnsafeBytes { Checksum.xxh3Wide($0) }
    var seal: [UInt8] = []
    seal.append(number: digest.low)
    seal.append(number: digest.high)
    bytes.replaceSubrange(bytes.count - 24..<bytes.count - 8, with: seal)
    try bytes.write(to: URL(fileURLWithPath: path))
  }

  @Test(arguments: ["../../../../etc/passwd", "////////////etc/passwd", "..", ".hidden", "a/b", "a\u{0}b", "\n"])
  func pathsAreNeverFollowed(_ evil: String) throws {
    let chain = try Chain(rows: 2_000)
    let first = try chain.take()
    try chain.write(3)
    let second = try chain.take()
    try #require(second.manifest.parent != nil)
    let id = SnapshotStore.id(ofPath: first.path)
    try #require(evil.utf8.count <= id.utf8.count)
    // Of the same length, so that no other number changes; what is in front of or behind a name stays a path.
    let filler = String(repeating: evil.hasPrefix("/") ? "/" : "x", count: id.utf8.count - evil.utf8.count)
    let name = evil.hasPrefix("/") ? filler + evil : evil + filler
    try forge(second.path) { bytes, start in
      var from = start
      while let range = bytes.range(of: Data(id.utf8), in: from..<bytes.count) {
        bytes.replaceSubrange(range, with: Data(name.utf8))
        from = range.upperBound
      }
    }
    let files = Listening()
    let out = chain.scratch.path("out.db")
    #expect(throws: SnapshotError.self) { try Unpacker(files: files).unpack(second.path, to: out) }
    #expect(!FileManager.default.fileExists(atPath: out))
    #expect(files.paths.allSatisfy { !$0.contains("etc") && !$0.contains("..") }, "\(files.paths)")
  }

  @Test(arguments: [BlockMap.mostAncestors + 1, .max])
  func aDepthThatNoChainHasIsDamage(_ depth: Int) throws {
    let chain = try Chain(rows: 2_000)
    try chain.take()
    try chain.write(3)
    var manifest = try chain.take().manifest
    try #require(manifest.increment != nil)
    manifest.increment?.depth = depth
    let json = try manifest.json()
    #expect(throws: FormatFault.self) { try Manifest(json: json) }
  }

  @Test func aManifestThatIsTooLongIsNotRead() {
    let long = [UInt8](repeating: UInt8(ascii: "["), count: Manifest.greatestLength + 1)
    #expect(throws: FormatFault.self) { try Manifest(json: long) }
    // Nor one that is nested deeper than any is.
    #expect(throws: FormatFault.self) { try Manifest(json: [UInt8](long.prefix(1 << 20))) }
  }
}
