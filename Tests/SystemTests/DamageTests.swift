// Files that are not what they should be, through the command line: one JSON object, the target as it was, nothing new.
import Foundation
import TestProcesses
import Testing

@Suite(.ownThreads) struct DamageTests {
  private static let source = "ahead-build-14.sqlite.lz4"

  /// Restores a file over the database; expects either a failure that leaves everything, or the undamaged content.
  private func restore(_ name: String, in scratch: Scratch, whole: String, mayWork: Bool) throws {
    let before = try scratch.bytes("jobs.db")
    let names = try scratch.names()
    let ended = try scratch.shell("tidemark restore ./\(name) --database jobs.db --json")
    let json = try ended.json()
    #expect(ended.errors == "")
    if ended.status == 0, mayWork {
      #expect(try scratch.content("jobs.db") == whole)
      try scratch.said("rm jobs.db.previous-*")
      return try scratch.write(before, "jobs.db")
    }
    #expect(ended.status == 1, "\(name)")
    let error = try #require(json["error"] as? [String: Any])
    #expect((error["code"] as? String)?.hasPrefix("snapshot.") == true)
    #expect((error["message"] as? String)?.hasPrefix("./\(name): ") == true)
    #expect(error["untouched"] as? String == "the database is as it was")
    #expect(try scratch.bytes("jobs.db") == before)
    #expect(try scratch.names() == names)
  }

  private func bench() throws -> (Scratch, Data, String) {
    let scratch = try Scratch()
    try scratch.said("tidemark restore $SNAPSHOTS/\(Self.source) --database whole.db --quiet")
    let whole = try scratch.content("whole.db")
    try scratch.said("rm whole.db*")
    try scratch.database()
    return (scratch, try Data(contentsOf: URL(filePath: Scratch.root + "/Snapshots/" + Self.source)), whole)
  }

  @Test func aCutSnapshotFailsUnlessOnlyItsTailIsGone() throws {
    let (scratch, bytes, whole) = try bench()
    for length in [0, 1, 4, 7, 19, 100, 4_000, bytes.count / 2, bytes.count - 3_000, bytes.count - 64, bytes.count - 1]
    {
      try scratch.write(bytes.prefix(length), "cut.lz4")
      try restore("cut.lz4", in: scratch, whole: whole, mayWork: length > bytes.count / 2)
    }
  }

  @Test func aFlippedBitIsFoundUnlessTheContentIsWholeWithoutIt() throws {
    let (scratch, bytes, whole) = try bench()
    for number in 0..<32 {
      var flipped = bytes
      let place = number < 8 ? number * 3 : (number - 8) * (bytes.count - 1) / 23
      flipped[place] ^= 1 << UInt8(number % 8)
      try scratch.write(flipped, "flipped.lz4")
      // A bit of the tail costs the tail, and one of the header may be told by the tail: what comes out has to be whole.
      try restore("flipped.lz4", in: scratch, whole: whole, mayWork: true)
    }
  }

  @Test(arguments: [
    "printf ''", "printf hello", "head -c 5000 /dev/zero", "printf 'SQLite format 3\\0'",
    "printf '\\004\\042\\115\\030'", "printf '\\050\\265\\057\\375 zstd'", "printf '\\037\\213 gzip'",
    "printf hello | lz4 -c", "head -c 300000 /dev/zero | lz4 -c", "printf 'PK\\003\\004'",
    "printf 'CREATE TABLE a(b); INSERT INTO nowhere VALUES (1);'", "printf 'CREATE TABLE a(b); SELECT'",
    // Frames that claim 2⁴¹, 2⁶³ − 1, 2⁶³ and 2⁶⁴ − 1 bytes, and hold none.
    "printf '\\004\\042\\115\\030\\150\\100\\000\\000\\000\\000\\000\\002\\000\\000\\153\\000\\000\\000\\000'",
    "printf '\\004\\042\\115\\030\\150\\100\\377\\377\\377\\377\\377\\377\\377\\177\\134\\000\\000\\000\\000'",
    "printf '\\004\\042\\115\\030\\150\\100\\000\\000\\000\\000\\000\\000\\000\\200\\073\\000\\000\\000\\000'",
    "printf '\\004\\042\\115\\030\\150\\100\\377\\377\\377\\377\\377\\377\\377\\377\\247\\000\\000\\000\\000'",
  ])
  func aForeignFileFails(make: String) throws {
    let (scratch, _, whole) = try bench()
    try scratch.said("\(make) > foreign")
    try restore("foreign", in: scratch, whole: whole, mayWork: false)
  }

  @Test func whatDecodesToMoreThanIsAllowedIsStoppedThere() throws {
    let (scratch, _, _) = try bench()
    // 200 KB that decode to 50 MB; no file may grow beyond 4 MB meanwhile.
    let ended = try scratch.shell(
      """
      { printf 'SQLite format 3\\0'; head -c 50000000 /dev/zero; } | lz4 -1 -c > bomb
      (ulimit -f 4000; tidemark restore ./bomb --database jobs.db --max-size 1MB --json)
      """)
    #expect(ended.status == 2)
    let error = try #require(try ended.json()["error"] as? [String: Any])
    #expect(error["code"] as? String == "snapshot.too-large")
    #expect(try scratch.names() == ["bomb", "jobs.db", "jobs.db-tidemark.lock"])
  }

  @Test(
    arguments: [
      ("--json", 0), ("nonsense --json", 64), ("restore --json", 64), ("restore a b --database jobs.db --json", 64),
      ("migrate --to nine --database jobs.db --json", 64), ("migrate --to 99 --database jobs.db --json", 2),
      ("status --database nowhere.db --json", 1), ("migrate --database nowhere.db --json", 2),
      ("migrate --create --database nowhere/jobs.db --json", 1), ("restore --database nowhere/jobs.db --json", 1),
      ("restore $SNAPSHOTS/old-build-7.sqlite.lz4 --database nowhere/jobs.db --json", 1),
      ("snapshot --database jobs.db --output nowhere/x --json", 1), ("inspect nowhere --json", 1),
      ("verify nowhere.lz4 --json", 1), ("prune --json", 64), ("status --database jobs.db --json", 0),
      ("plan --database jobs.db --json", 0), ("migrate --database jobs.db --json", 0),
      ("restore $SNAPSHOTS/ahead-build-14.sqlite.lz4 --database jobs.db --forward-only --json", 2),
    ] as [(String, Int32)])
  func standardOutputHoldsOneObject(arguments: String, status: Int32) throws {
    let scratch = try Scratch()
    try scratch.database()
    let before = try scratch.bytes("jobs.db")
    let names = try scratch.names()
    let ended = try scratch.shell("tidemark \(arguments)")
    #expect(ended.status == status, "\(ended.output)")
    let json = try ended.json()
    #expect((json["error"] != nil) == (status != 0))
    #expect(ended.errors == "")
    #expect(try scratch.bytes("jobs.db") == before)
    #expect(try scratch.names() == names)
  }
}
