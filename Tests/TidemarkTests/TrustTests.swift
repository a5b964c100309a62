// A service that takes its own signed snapshots and no others.
import Foundation
import Testing
import Tidemark

@Suite struct TrustTests {
  private func service(_ shop: Workshop, _ key: SecretKey, trust: Trust? = nil) -> RestoreService {
    RestoreService(
      database: shop.path, lineage: tables(1), store: shop.store, onMissing: .restoreNewest, onDamage: .restore,
      trust: trust ?? .signed(by: key.publicKey), options: .init(build: "test", lockTimeout: .zero, signer: key))
  }

  @Test func onlySignedSnapshotsComeBack() async throws {
    let shop = try Workshop()
    let key = try SecretKey.generate()
    let first = service(shop, key)
    try await first.start()
    try shop.execute("INSERT INTO t1 VALUES('ours')")
    let ours = try await first.snapshot()
    await first.stop()
    try shop.execute("INSERT INTO t1 VALUES('theirs')")
    try shop.database(tables(1)).snapshot()
    try FileManager.default.removeItem(atPath: shop.path)
    let second = service(shop, key)
    let report = try await second.start()
    await second.stop()
    #expect(report.restored?.source == ours.path)
    #expect(report.notes.contains { $0.contains("nobody has signed it") })
    #expect(try shop.value("SELECT group_concat(a) FROM t1") == "ours")
    // Without a signed one there is nothing to come back to, and nothing is made up.
    try FileManager.default.removeItem(atPath: shop.path)
    try FileManager.default.removeItem(atPath: ours.path)
    await #expect(throws: (any Error).self) { try await service(shop, key).start() }
    #expect(!FileManager.default.fileExists(atPath: shop.path))
  }

  @Test func aSealedSnapshotIsNotPassedOverInSilence() async throws {
    let shop = try Workshop()
    let key = try SecretKey.generate()
    try shop.database(tables(1)).migrate()
    try shop.database(tables(1)).snapshot()
    try shop.database(tables(1), .init(recipients: [key.publicKey])).snapshot()
    try FileManager.default.removeItem(atPath: shop.path)
    let error = await #expect(throws: SnapshotError.self) { try await service(shop, key, trust: .anyone).start() }
    #expect(error?.code == "sealed")
    let opened = service(shop, key, trust: Trust(identities: [key]))
    let report = try await opened.start()
    #expect(report.restored?.source.hasSuffix(SnapshotStore.sealedSuffix) == true)
    await opened.stop()
  }

  @Test func anOldSnapshotUnderANewNameDoesNotComeBack() async throws {
    let shop = try Workshop()
    let key = try SecretKey.generate()
    let first = service(shop, key)
    try await first.start()
    try shop.execute("INSERT INTO t1 VALUES('old')")
    let old = try await first.snapshot()
    try shop.execute("UPDATE t1 SET a = 'new'")
    let new = try await first.snapshot()
    await first.stop()
    let disguise = shop.store.folder + "/29991231T235959.000Z-0a0a0a0a.sqlite.lz4"
    try FileManager.default.copyItem(atPath: old.path, toPath: disguise)
    try FileManager.default.removeItem(atPath: shop.path)
    let second = service(shop, key)
    let report = try await second.start()
    await second.stop()
    #expect(report.restored?.source == new.path)
    #expect(report.notes.contains { $0.contains("skipped 2999") && $0.contains("its signer") })
    #expect(try shop.value("SELECT a FROM t1", as: String.self) == "new")
  }
}
