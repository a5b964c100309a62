// Retention over chains: what is still needed stays, and says for whom.
import Foundation
import TestFiles
import Testing
import TidemarkSQLite

@testable import TidemarkSnapshots

@Suite struct PruneChainTests {
  @Test func whatAKeptIncrementNeedsIsKeptAndTheReportSaysWhy() throws {
    let chain = try Chain(rows: 9_000)
    try chain.take()
    for row in [10, 4_000, 8_000] {
      try chain.change("UPDATE jobs SET command = 'changed' WHERE id = \(row)")
      try chain.take()
    }
    let ids = try chain.store.list().map(\.id)
    let expected = try chain.wholeBytes()
    let dry = try chain.store.prune(RetentionPolicy(last: 1), dryRun: true)
    let report = try chain.store.prune(RetentionPolicy(last: 1))
    #expect(report.removed.map(\.id) == dry.removed.map(\.id))
    #expect(report.kept.first?.why == ["last"])
    #expect(report.kept.dropFirst().allSatisfy { $0.why.first?.hasPrefix("needed by ") == true })
    #expect(Set(report.kept.map(\.entry.id)).isSuperset(of: [ids[0], ids[3]]))
    #expect(try chain.bytes(of: chain.store.latest().entry.path) == expected)
  }

  @Test func whatNobodyNeedsAnyMoreGoes() throws {
    let chain = try Chain(rows: 9_000)
    try chain.take()
    for value in ["a", "b", "c"] {
      try chain.change("UPDATE jobs SET command = '\(value)' WHERE id = 4000")
      try chain.take()
    }
    let ids = try chain.store.list().map(\.id)
    let report = try chain.store.prune(RetentionPolicy(last: 1))
    #expect(report.removed.map(\.id) == [ids[1], ids[2]])
    #expect(try Verifier().verify(chain.store.latest().entry.path).isSound)
    // The next one builds on it as ever.
    #expect(try chain.take().manifest.parent == ids[0])
  }

  @Test func aPinnedIncrementKeepsWhatItNeeds() throws {
    let chain = try Chain(rows: 3_000)
    try chain.take()
    let pinned = try chain.take(pin: "asked for")
    for _ in 0..<3 { try chain.take(full: true) }
    let report = try chain.store.prune(RetentionPolicy(last: 1))
    #expect(report.kept.map(\.why.first) == ["last", "pinned: asked for", "needed by \(chain.id(of: pinned))"])
    #expect(try Verifier().verify(pinned.path).isSound)
  }

  /// Cannot open one file.
  private struct BlindFiles: ForwardingFiles {
    let base = LocalFiles()
    let path: String
    let number: Int32

    func open(_ path: String, _ how: OpenHow) throws -> Int32 {
      if path == self.path { throw FileError("open", path, number) }
      return try base.open(path, how)
    }
  }

  /// What it needs cannot be told just now: that is not to say that it needs nothing.
  @Test(arguments: [EMFILE, EIO, EACCES])
  func whatAnIncrementThatCannotBeReadMayNeedStays(_ number: Int32) throws {
    let chain = try Chain(rows: 3_000)
    let base = try chain.take()
    try chain.change("UPDATE jobs SET name = 'x' WHERE id = 1")
    let increment = try chain.take(pin: "asked for")
    try chain.take(full: true)
    let blind = SnapshotStore(chain.store.folder, files: BlindFiles(path: increment.path, number: number))
    let report = try blind.prune(RetentionPolicy(last: 1))
    #expect(report.removed.isEmpty)
    let id = chain.id(of: increment)
    #expect(report.kept.map(\.why.first) == ["last", "cannot be read", "may be needed by \(id), which cannot be read"])
    #expect(try Verifier().verify(increment.path).isSound)
    withExtendedLifetime(base) {}
    // Once it can be read again, the rule is the usual one.
    #expect(try chain.store.prune(RetentionPolicy(last: 1)).kept.map(\.why.first).last == "needed by \(id)")
  }

  @Test func overADecadeEveryKeptSnapshotCanBeRestored() throws {
    let chain = try Chain(rows: 4_000)
    let policy = RetentionPolicy(last: 4, daily: 7, weekly: 5, monthly: 24)
    var hashes: [String: UInt64] = [:]
    // Every nine days, for ten years; pruned once a quarter.
    for count in 0..<405 {
      try chain.change(
        "UPDATE jobs SET command = 'at \(count)' WHERE id = \(count * 37 % 4000 + 1); UPDATE jobs SET noise = NULL "
          + "WHERE id = \(count * 911 % 4000 + 1)")
      let report = try chain.take(hours: 216)
      hashes[chain.id(of: report)] = try chain.wholeBytes().withUnsafeBytes { Checksum.xxh3($0) }
      if count % 10 == 9 { _ = try chain.store.prune(policy) }
    }
    let entries = try chain.store.list()
    #expect(entries.count < 120, "\(entries.count) are left of \(hashes.count)")
    #expect(entries.contains { $0.manifest?.parent != nil })
    for entry in entries {
      let restored = try chain.bytes(of: entry.path)
      #expect(restored.withUnsafeBytes { Checksum.xxh3($0) } == hashes[entry.id], "\(entry.id)")
    }
  }
}

extension Chain {
  func id(of report: Capture.Report) -> String { SnapshotStore.id(ofPath: report.path) }

  @Test(arguments: [true, false])
  func anIncrementThatLacksItsParentIsKeptAndDoesNotCount(isMissing: Bool) throws {
    let chain = try Chain(rows: 3_000)
    let whole = try chain.take(full: true)
    let base = try chain.take(full: true)
    try chain.change("UPDATE jobs SET name = 'x' WHERE id = 1")
    let increment = try chain.take()
    let id = chain.id(of: base)
    if isMissing {
      try FileManager.default.removeItem(atPath: base.path)
    } else {
      try Data("no snapshot".utf8).write(to: URL(fileURLWithPath: base.path))
    }
    for dryRun in [true, false] {
      let report = try chain.store.prune(RetentionPolicy(last: 1), dryRun: dryRun)
      #expect(report.removed.isEmpty)
      let why = Dictionary(report.kept.map { ($0.entry.path, $0.why) }, uniquingKeysWith: { $1 })
      #expect(why[increment.path] == ["needs \(id), which is \(isMissing ? "missing" : "damaged")"])
      // The newest that can be restored is the older one.
      #expect(why[whole.path] == ["last"])
    }
  }

  @Test func aStoreThatIsNoFolderIsAnError() throws {
    let chain = try Chain(rows: 10)
    let store = SnapshotStore(chain.database)
    #expect(try #require(throws: SnapshotError.self) { try store.prune(.init(last: 1)) }.code == "not-a-folder")
    #expect(try #require(throws: SnapshotError.self) { try store.list() }.code == "not-a-folder")
    #expect(try SnapshotStore(chain.scratch.path("nowhere")).prune(.init(last: 1)).removed.isEmpty)
  }
}
