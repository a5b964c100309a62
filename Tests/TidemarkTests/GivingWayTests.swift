// A start that restores takes the next older snapshot when the newest cannot be read, however that shows.
import Foundation
import Synchronization
import TestFiles
import Testing
import Tidemark
import TidemarkSQLite

@Suite struct GivingWayTests {
  /// A disk that cannot read the beginning of one file.
  private final class BadSector: ForwardingFiles {
    let base = LocalFiles()
    private let path: String
    private let descriptors = Mutex<Set<Int32>>([])

    init(_ path: String) { self.path = path }

    func open(_ path: String, _ how: OpenHow) throws -> Int32 {
      let descriptor = try base.open(path, how)
      descriptors.withLock { if path == self.path { $0.insert(descriptor) } else { $0.remove(descriptor) } }
      return descriptor
    }

    func read(_ descriptor: Int32, into buffer: UnsafeMutableRawBufferPointer, at offset: Int64) throws -> Int {
      if offset == 0, descriptors.withLock({ $0.contains(descriptor) }) {
        throw FileError("read", "descriptor \(descriptor)", EIO)
      }
      return try base.read(descriptor, into: buffer, at: offset)
    }
  }

  private func restore(_ shop: Workshop, files: any FileSystem = LocalFiles()) async throws -> StartReport {
    try FileManager.default.removeItem(atPath: shop.path)
    let service = RestoreService(
      database: shop.path, lineage: tables(1, 2), store: shop.store, onMissing: .restoreNewest,
      options: .init(build: "test", lockTimeout: .milliseconds(50), files: files))
    let report = try await service.start()
    await service.stop()
    return report
  }

  @Test func aBadSectorUnderTheNewestIsNoEnd() async throws {
    let shop = try Workshop()
    try shop.database(tables(1)).migrate()
    try shop.execute("INSERT INTO t1 VALUES('good')")
    let good = try shop.database(tables(1)).snapshot(full: true)
    // Longer than what a list reads of it, which is its end.
    try shop.execute("INSERT INTO t1 VALUES(randomblob(100000))")
    let newest = try shop.database(tables(1)).snapshot(full: true)
    let report = try await restore(shop, files: BadSector(newest.path))
    #expect(report.restored?.source == good.path)
    #expect(report.notes.contains { $0.contains("skipped") && $0.contains("Input/output error") })
  }

  /// Beyond the size up to which every page is looked at beforehand, the work itself comes upon what is damaged.
  @Test func aDamagedPageInALargeSnapshotIsNoEnd() async throws {
    let shop = try Workshop()
    try shop.database(tables(1)).migrate()
    let good = try shop.database(tables(1)).snapshot(full: true)
    try shop.execute("PRAGMA synchronous = OFF; INSERT INTO t1 VALUES(zeroblob(68 << 20))")
    let root: Int64 = try #require(
      try shop.value("SELECT rootpage FROM sqlite_schema WHERE name = 'tidemark_changelog'"))
    let size: Int64 = try #require(try shop.value("PRAGMA page_size"))
    let handle = try #require(FileHandle(forWritingAtPath: shop.path))
    try handle.seek(toOffset: UInt64((root - 1) * size))
    try handle.write(contentsOf: Data(repeating: 0xff, count: Int(size)))
    try handle.close()
    // Without a description, which could not be read.
    let damaged = try shop.store.capture(shop.path)
    try #require(damaged.plainSize > 64 << 20)
    let report = try await restore(shop)
    #expect(report.restored?.source == good.path)
    #expect(report.notes.contains { $0.contains("skipped") && $0.contains("malformed") })
  }
}
