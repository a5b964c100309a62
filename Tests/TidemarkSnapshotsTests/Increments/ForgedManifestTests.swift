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

  @Test(arguments: ["../../../../etc/passwd", "/etc/passwd", "..", ".hidden", "a/b", "a\u{0}b", "\n", ""])
  func pathsAreNeverFollowed(_ evil: String) throws {
    let chain = try Chain(rows: 2_000)
    let first = try chain.take()
    try chain.write(3)
    let second = try chain.take()
    let reader = try SnapshotReader.open(second.path)
    let frame = Array(
      try chain.scratch.bytes("store/" + lastComponent(of: second.path)).prefix(Int(reader.index.frameEnd)))
    let map = try #require(reader.map)
    try #require(map.ancestors.map(\.id) == [SnapshotStore.id(ofPath: first.path)])
    // Wherever a name stands, and everything else in order.
    var manifest = second.manifest
    manifest.parent = evil
    manifest.increment?.needs = [evil]
    let forged = BlockMap(plainSize: map.plainSize, ancestors: map.ancestors.map { .init(id: evil, digest: $0.digest) })
    for (manifest, map) in [(manifest, forged), (second.manifest, forged), (manifest, map)] {
      let tail = Tail(
        manifest: manifest, index: reader.index, map: map, contentChecksum: try reader.storedContentChecksum())
      try Data(frame + tail.serialized()).write(to: URL(fileURLWithPath: second.path))
      let files = Listening()
      let out = chain.scratch.path("out.db")
      let error = try #require(throws: SnapshotError.self) { try Unpacker(files: files).unpack(second.path, to: out) }
      #expect(error.code == "damaged" && !"\(error)".contains("checksum"), "\(error)")
      #expect(!FileManager.default.fileExists(atPath: out))
      let strangers = files.paths.filter { ![second.path, first.path, out].contains($0) }
      #expect(strangers.allSatisfy { $0 == chain.scratch.folder || $0 == chain.store.folder }, "\(strangers)")
      // Nor by whoever lists the store, or clears it up.
      var store = chain.store
      store.files = files
      _ = try store.list()
      _ = try? store.prune(RetentionPolicy(last: 1), dryRun: true)
      #expect(files.paths.allSatisfy { !$0.contains("etc") && !$0.contains("..") }, "\(files.paths)")
    }
  }

  @Test func aManifestOfManyValuesIsNotRead() throws {
    let zeros = Array("[".utf8) + Array(repeatElement(Array("0,".utf8), count: 1 << 20).joined()) + Array("0]".utf8)
    let error = try #require(throws: FormatFault.self) { try Manifest(json: zeros) }
    #expect("\(error)".contains("values"))
    // What is in a text does not count.
    var manifest = try Chain(rows: 5).take().manifest
    manifest.pinned = String(repeating: "[{,\\\"", count: 1 << 18)
    #expect(try Manifest(json: manifest.json()) == manifest)
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
