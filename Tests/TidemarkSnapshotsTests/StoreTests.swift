// The store: names, finding, two writers, leftovers, retention.
import Dispatch
import Foundation
import Synchronization
import Testing
import TidemarkSQLite

@testable import TidemarkSnapshots

@Suite struct StoreTests {
  static func time(_ text: String) throws -> Timestamp { try #require(Timestamp(text)) }

  /// A store with one snapshot at each of these times.
  static func store(_ scratch: Scratch, _ times: [String], pinned: Set<String> = []) throws -> SnapshotStore {
    try makeDatabase(scratch.path("a.db"), rows: 5)
    let store = SnapshotStore(scratch.path("store"))
    for text in times {
      let time = try time(text)
      try store.capture(
        scratch.path("a.db"), with: Self.whole(pin: pinned.contains(text) ? "asked for" : nil, at: time))
    }
    return store
  }

  /// A capture that asks nothing of those before it.
  static func whole(pin: String?, at time: Timestamp) -> Capture {
    var capture = Capture(pin: pin, clock: { time })
    capture.full = true
    return capture
  }

  @Test func namesSortByTimeAndKeepTheOrderOfCaptureWhenTheClockGoesBack() throws {
    let scratch = try Scratch()
    let store = try Self.store(
      scratch, ["2026-11-20T10:00:00Z", "2026-11-20T10:00:00Z", "2026-11-20T09:00:00Z", "2026-11-21T00:00:00.5Z"])
    let ids = try store.list().map(\.id)
    #expect(ids == ids.sorted().reversed())
    #expect(
      ids.map { String($0.prefix(20)) } == [
        "20261121T000000.500Z", "20261120T100000.002Z", "20261120T100000.001Z", "20261120T100000.000Z",
      ])
    #expect(try store.latest().entry.id == ids[0])
    #expect(try store.list().allSatisfy { $0.manifest?.time == $0.time })
  }

  @Test func aSnapshotIsFoundByIdPrefixPathTimeAndLatest() throws {
    let scratch = try Scratch()
    let store = try Self.store(scratch, ["2026-11-18T10:00:00Z", "2026-11-20T10:00:00Z", "2026-11-21T10:00:00Z"])
    let newest = try store.list()
    for (selector, place) in [
      ("latest", 0), (newest[1].id, 1), (newest[1].id + ".sqlite.lz4", 1), ("20261118", 2), (newest[2].path, 2),
    ] {
      #expect(try store.find(selector).entry.id.hasPrefix(newest[place].id), "\(selector)")
    }
    #expect(try store.at(Self.time("2026-11-20T23:00:00Z")).entry.id == newest[1].id)
    #expect(try store.at(Self.time("2026-11-20T10:00:00Z")).entry.id == newest[1].id)
    for (selector, code) in [
      ("2026112", "ambiguous"), ("2027", "no-snapshot"), ("no/such", "no-snapshot"), ("", "no-snapshot"),
    ] {
      #expect(try #require(throws: SnapshotError.self) { try store.find(selector) }.code == code, "\(selector)")
    }
    let early = try Self.time("2020-01-01")
    #expect(try #require(throws: SnapshotError.self) { try store.at(early) }.code == "no-snapshot")
  }

  @Test func aStoreThatIsNotThereIsEmpty() throws {
    let scratch = try Scratch()
    let store = SnapshotStore(scratch.path("none"))
    #expect(try store.list().isEmpty)
    #expect(try !store.exists)
    #expect(try #require(throws: SnapshotError.self) { try store.latest() }.code == "no-snapshot")
    #expect(try scratch.names.isEmpty)
  }

  @Test func latestPassesOverADamagedOneAndSaysSo() throws {
    let scratch = try Scratch()
    let store = try Self.store(scratch, ["2026-11-18T10:00:00Z", "2026-11-20T10:00:00Z", "2026-11-21T10:00:00Z"])
    let entries = try store.list()
    // One is cut off; the other has a flipped bit in its index, which only the tail's digest sees.
    var cut = try Data(contentsOf: URL(fileURLWithPath: entries[0].path))
    try cut.dropLast(100).write(to: URL(fileURLWithPath: entries[0].path))
    cut = try Data(contentsOf: URL(fileURLWithPath: entries[1].path))
    let index = try SnapshotReader.open(entries[1].path).index
    cut[Int(index.frameEnd) + 30] ^= 4
    try cut.write(to: URL(fileURLWithPath: entries[1].path))
    let found = try store.latest()
    #expect(found.entry.id == entries[2].id)
    #expect(found.skipped.map(\.id) == [entries[0].id, entries[1].id])
    #expect(found.skipped.allSatisfy { $0.problem != nil })
  }

  @Test func twoWritersAreKeptApartAndTheLockGoesWithItsHolder() throws {
    let scratch = try Scratch()
    var store = try Self.store(scratch, [])
    store.patience = .zero
    try FileManager.default.createDirectory(atPath: store.folder, withIntermediateDirectories: true)
    do {
      let lock = try StoreLock(store.folder, LocalFiles())
      let error = try #require(throws: SnapshotError.self) { try store.capture(scratch.path("a.db")) }
      #expect(error.code == "store-busy")
      #expect(error.description.contains("process \(ProcessInfo.processInfo.processIdentifier)"))
      #expect(throws: SnapshotError.self) { try store.prune(RetentionPolicy(last: 1)) }
      withExtendedLifetime(lock) {}
    }
    try store.capture(scratch.path("a.db"))
    #expect(try store.list().count == 1)
  }

  @Test func aLinkInTheLocksPlaceIsNotFollowed() throws {
    let scratch = try Scratch()
    let store = try Self.store(scratch, [])
    try FileManager.default.createDirectory(atPath: store.folder, withIntermediateDirectories: true)
    try scratch.write("victim", "somebody else's")
    try FileManager.default.createSymbolicLink(
      atPath: store.folder + "/" + StoreLock.name, withDestinationPath: scratch.path("victim"))
    #expect(throws: SnapshotError.self) { try store.capture(scratch.path("a.db")) }
    #expect(try scratch.bytes("victim") == Array("somebody else's".utf8))
    #expect(try store.list().isEmpty)
  }

  @Test func onePlainAndOneSealedFileOfTheSameNameAreTwo() throws {
    let scratch = try Scratch()
    let store = try Self.store(scratch, ["2026-11-18T10:00:00Z", "2026-11-20T10:00:00Z"])
    let key = try SecretKey.generate()
    let newest = try #require(try store.list().first)
    var capture = Capture()
    capture.recipients = [key.publicKey]
    try capture.run(database: scratch.path("a.db"), to: store.folder + "/" + newest.id + SnapshotStore.sealedSuffix)
    let report = try store.prune(RetentionPolicy(last: 1))
    #expect(report.removed.allSatisfy { $0.path != newest.path })
    #expect(try store.list().contains { $0.path == newest.path })
  }

  @Test(arguments: [(1e300, "9999-12-31"), (-1e300, "0000-01-01"), (0.5, "1970-01-01")])
  func noTimeOfAFileIsTooFarOut(_ seconds: Double, _ day: String) {
    #expect(Timestamp(seconds: seconds).description.hasPrefix(day))
  }

  @Test func manyWritersAtOnceWaitForEachOther() throws {
    let scratch = try Scratch()
    let store = try Self.store(scratch, [])
    let database = scratch.path("a.db")
    let failures = Mutex<[String]>([])
    DispatchQueue.concurrentPerform(iterations: 8) { _ in
      do { try store.capture(database) } catch { failures.withLock { $0.append("\(error)") } }
    }
    #expect(failures.withLock { $0 } == [])
    #expect(try store.list().count == 8)
    #expect(try store.list().allSatisfy { $0.problem == nil })
  }

  #if os(Linux)
    @Test func aLockThatIsGivenBackIsFreeThoughAnotherStillHasTheFileOpen() throws {
      let scratch = try Scratch()
      let store = try Self.store(scratch, ["2026-11-20T10:00:00Z"])
      var kept: Int32 = -1
      do {
        let lock = try StoreLock(store.folder, LocalFiles())
        let name = try LocalFiles().resolve(store.folder + "/" + StoreLock.name)
        let descriptors = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").compactMap { Int32($0) }
        let own = descriptors.first {
          (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\($0)")) == name
        }
        // What a program that is being started has: the same open file, not yet closed.
        kept = dup(try #require(own))
        withExtendedLifetime(lock) {}
      }
      #expect(kept >= 0)
      try store.capture(scratch.path("a.db"))
      #expect(try store.list().count == 2)
      LocalFiles().close(kept)
    }
  #endif

  @Test func leftoversOfDeadWritersAreClearedAndNothingElse() throws {
    let scratch = try Scratch()
    let store = try Self.store(scratch, ["2026-11-20T10:00:00Z"])
    let mark = PartFile.mark + "0123456789abcdef"
    let dead = "store/20261119T100000.000Z-0123abcd.sqlite.lz4" + mark
    let others = ["store/mine.sqlite.lz4" + mark, "store/notes.txt", "store/copy.sqlite.lz4"]
    let check = "store/.tidemark-verify" + mark
    for name in [dead, dead + "-wal", check, check + "-journal"] + others { try scratch.write(name, [1]) }
    try store.capture(scratch.path("a.db"))
    for name in [dead, dead + "-wal", check, check + "-journal"] {
      #expect(!FileManager.default.fileExists(atPath: scratch.path(name)), "\(name)")
    }
    for name in others { #expect(FileManager.default.fileExists(atPath: scratch.path(name)), "\(name)") }
  }

  @Test func pruneKeepsWhatThePolicyWantsThePinnedTheDamagedAndTheForeign() throws {
    let scratch = try Scratch()
    let days = (1...9).map { "2026-11-0\($0)T10:00:00Z" }
    let store = try Self.store(scratch, days, pinned: [days[1]])
    let entries = try store.list()
    let third = entries[6]
    try Data(try Data(contentsOf: URL(fileURLWithPath: third.path)).dropLast(9)).write(
      to: URL(fileURLWithPath: third.path))
    try FileManager.default.copyItem(atPath: entries[0].path, toPath: scratch.path("store/copy.sqlite.lz4"))

    let dry = try store.prune(RetentionPolicy(last: 2), dryRun: true)
    #expect(try store.list().count == 10)
    let report = try store.prune(RetentionPolicy(last: 2))
    #expect(report.removed.map(\.id) == dry.removed.map(\.id))
    let kept = Dictionary(uniqueKeysWithValues: report.kept.map { ($0.entry.id, $0.why) })
    #expect(
      kept == [
        entries[0].id: ["last"], entries[1].id: ["last"], entries[7].id: ["pinned: asked for"],
        third.id: ["damaged"], "copy": ["not named by the store"],
      ])
    #expect(Set(try store.list().map(\.id)) == Set(kept.keys))
    #expect(try #require(throws: SnapshotError.self) { try store.prune(RetentionPolicy()) }.code == "empty-policy")
  }

  @Test func overADecadeOfHoursThePolicyKeepsExactlyItsPeriods() throws {
    let start = try Self.time("2020-01-01T00:00:00Z").milliseconds
    let policy = RetentionPolicy(last: 5, hourly: 24, daily: 30, weekly: 52, monthly: 120)
    var alive: [Timestamp] = []
    for hour in 0..<Int64(87_672) {
      alive.append(Timestamp(milliseconds: start + hour * 3_600_000))
      guard hour % 24 == 23 else { continue }
      let reasons = policy.reasons(for: alive)
      alive = zip(alive, reasons).filter { !$0.1.isEmpty }.map(\.0)
      #expect(alive.count <= 24 + 30 + 52 + 120)
    }
    let reasons = policy.reasons(for: alive)
    func kept(_ rule: String) -> [Timestamp] { zip(alive, reasons).filter { $0.1.contains(rule) }.map(\.0).sorted() }
    #expect(kept("last").count == 5)
    #expect(kept("hourly").count == 24)
    #expect(kept("daily").count == 30)
    #expect(kept("weekly").count == 52)
    #expect(kept("monthly").count == 120)
    // Pruned day by day, what is left is what one run over the whole decade would leave.
    let all = (0..<Int64(87_672)).map { Timestamp(milliseconds: start + $0 * 3_600_000) }
    let atOnce = zip(all, policy.reasons(for: all)).filter { !$0.1.isEmpty }.map(\.0)
    #expect(alive == atOnce)
    // The newest of each month is its last hour.
    #expect(kept("monthly").dropLast().allSatisfy { $0.description.hasSuffix("T23:00:00.000Z") })
  }

  @Test(arguments: [
    ("2026-11-20T15:30:00.123Z", "20261120T153000.123Z"), ("1969-12-31T23:59:59.999Z", "19691231T235959.999Z"),
    ("2000-02-29T00:00:00.000Z", "20000229T000000.000Z"), ("0000-01-01T00:00:00.000Z", "00000101T000000.000Z"),
    ("9999-12-31T23:59:59.999Z", "99991231T235959.999Z"),
  ]) func timesAreWrittenAndReadInBothForms(_ text: String, _ name: String) throws {
    let time = try Self.time(text)
    #expect(time.description == text)
    #expect(time.fileName == name)
    #expect(Timestamp(name) == time)
  }

  @Test func timesInOtherFormsAreReadAndNonsenseIsNot() throws {
    let noon = try Self.time("2026-11-20T12:00:00Z")
    for text in [
      "2026-11-20T14:00:00+02:00", "2026-11-20 12:00", "20261120T12:00:00.0000004Z", "2026-11-20t05:30:00-06:30",
    ] {
      #expect(Timestamp(text) == noon, "\(text)")
    }
    for text in [
      "", "2026", "2026-02-30", "2026-13-01", "2026-11-20T25:00", "2026-11-20T12:00:00Zx", "latest",
      "2026-11-20T12:00:00.",
    ] {
      #expect(Timestamp(text) == nil, "\(text)")
    }
  }
}
