// A file that ends like a snapshot and is none: where signatures are asked for, nothing is decoded that no tail vouches for.
import Foundation
import Testing
import TidemarkSQLite

@testable import TidemarkSnapshots

@Suite struct FakeTailTests {
  /// A skippable frame with nothing in it but zeros, and the last bytes of a footer.
  private static var tail: [UInt8] {
    var bytes: [UInt8] = []
    bytes.append(number: Tail.magic)
    bytes.append(number: UInt32(Footer.length))
    return bytes + [UInt8](repeating: 0, count: Footer.length - Footer.magic.count) + Footer.magic
  }

  @Test(arguments: ["another layout", "two frames", "our layout"])
  func whatOnlyLooksSignedIsRefused(_ kind: String) throws {
    let scratch = try Scratch()
    try makeDatabase(scratch.path("evil.db"), rows: 500)
    try run("lz4", ["-q", scratch.path("evil.db"), scratch.path("evil.lz4")])
    try Capture().run(database: scratch.path("evil.db"), to: scratch.path("ours.sqlite.lz4"))
    let end = Int(try SnapshotReader.open(scratch.path("ours.sqlite.lz4")).index.frameEnd)
    let ours = Array(try scratch.bytes("ours.sqlite.lz4")[..<end])
    let frames =
      switch kind {
      case "another layout": try scratch.bytes("evil.lz4")
      case "two frames": ours + (try scratch.bytes("evil.lz4"))
      default: ours
      }
    try scratch.write("fake.sqlite.lz4", frames + Self.tail)
    #expect(try SourceKind.detect(scratch.path("fake.sqlite.lz4")) == .snapshot)
    var unpacker = Unpacker()
    unpacker.trust = .signed(by: try SecretKey.generate().publicKey)
    let error = #expect(throws: SnapshotError.self) {
      try unpacker.unpack(scratch.path("fake.sqlite.lz4"), to: scratch.path("out.db"))
    }
    #expect(error?.code == "untrusted")
    #expect(try !scratch.names.contains("out.db"))
  }
}
