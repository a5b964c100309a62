// Files that are forged below the SQL: pages that lead in circles, manifests that name files or that are too long.
import Foundation
import Testing
import Tidemark

@Suite struct ForgedFileTests {
  /// Writes over bytes of a page of the database, as an attacker would; pages count from 1.
  private static func page(_ name: String, of table: String, _ forge: @escaping @Sendable (inout Data, Int) -> Void)
    -> (name: String, table: String, forge: @Sendable (inout Data, Int) -> Void)
  { (name, table, forge) }

  private static let pages = [
    page("an inner page that is its own child", of: "notes") { page, number in
      page[0] = 5
      for (place, byte) in [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, UInt8(number)].enumerated() { page[1 + place] = byte }
    },
    page("cells that lie in each other", of: "notes") { page, _ in
      page[3] = 0
      page[4] = 200
      for place in 8..<408 { page[place] = 0x0f }
    },
    page("another table's root", of: "accounts") { page, _ in page[0] = 2 },
    page("nothing but zeros", of: "accounts") { page, _ in page.resetBytes(in: page.startIndex..<page.endIndex) },
  ]

  @Test(arguments: pages.indices) func pagesThatLeadInCirclesAreFoundBeforeTheyAreUsed(_ index: Int) throws {
    let forgery = Self.pages[index]
    let attack = Attack(name: forgery.name, forge: { _ in }, end: .failed("check-failed"), says: "")
    let bench = try HostileBench(attack)
    try bench.shop.run("mkdir open; lz4 -q -d store/forged.sqlite.lz4 open/it.db")
    let path = bench.shop.folder + "/open/it.db"
    let connection = try Connection(path: path)
    let root: Int? = try connection.value("SELECT rootpage FROM sqlite_schema WHERE name = ?", forgery.table)
    try connection.close()
    let number = try #require(root)
    var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
    var page = Data(bytes[(number - 1) * 4096..<number * 4096])
    forgery.forge(&page, number)
    bytes.replaceSubrange((number - 1) * 4096..<number * 4096, with: page)
    try bytes.write(to: URL(fileURLWithPath: path))
    try bench.shop.run("rm store/forged.sqlite.lz4; lz4 -q open/it.db store/forged.sqlite.lz4; rm -r open")
    try bench.play(attack)
  }
}
