// Who may read what a restore or a capture makes: nobody who could not read what it was made of.
import Foundation
import TestFiles
import Testing
import Tidemark
import TidemarkSQLite

@Suite struct RightsTests {
  private func mode(_ path: String) throws -> UInt32? { try LocalFiles().status(path, followLinks: true)?.mode }

  @Test(arguments: [0o600, 0o640, 0o644] as [UInt32])
  func aDatabaseWhereThereWasNoneIsAsOpenAsItsSource(_ rights: UInt32) throws {
    let shop = try Workshop()
    let source = try shop.snapshot(of: tables(1))
    try LocalFiles().setMode(source, rights)
    try shop.database(tables(1)).restore(source)
    #expect(try mode(shop.path) == rights)
    try Unpacker().unpack(source, to: shop.folder + "/out.db")
    #expect(try mode(shop.folder + "/out.db") == rights)
  }

  @Test func whatWasSealedIsForItsOwnerOnly() throws {
    let shop = try Workshop()
    let key = try SecretKey.generate()
    try shop.database(tables(1)).migrate()
    let sealed = try shop.database(tables(1), .init(recipients: [key.publicKey])).snapshot()
    #expect(try mode(sealed.path) == 0o644)
    try FileManager.default.removeItem(atPath: shop.path)
    try shop.database(tables(1), .init(trust: Trust(identities: [key]))).restore(sealed.path)
    #expect(try mode(shop.path) == 0o600)
  }

  @Test(.enabled(if: geteuid() == 0)) func aGroupsRightsAreNotGivenToAnother() throws {
    let shop = try Workshop()
    try shop.database(tables(1)).migrate()
    try LocalFiles().setMode(shop.path, 0o640)
    try LocalFiles().setOwner(shop.path, 1234, 4321)
    let snapshot = try shop.database(tables(1)).snapshot()
    #expect(try mode(snapshot.path) == 0o600)
    try LocalFiles().setMode(snapshot.path, 0o660)
    try LocalFiles().setOwner(snapshot.path, 0, 4321)
    try FileManager.default.removeItem(atPath: shop.path)
    try shop.database(tables(1)).restore(snapshot.path)
    #expect(try mode(shop.path) == 0o600)
  }
}
