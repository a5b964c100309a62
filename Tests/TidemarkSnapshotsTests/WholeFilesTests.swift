// A small file that is replaced is the old one or the new one after a power cut too: synced before it gets its name.
import Foundation
import Testing
import TidemarkSQLite

@Suite struct WholeFilesTests {
  @Test func aReplacedFileIsSyncedBeforeItsName() throws {
    let scratch = try Scratch()
    let files = FaultyFiles()
    #expect(try files.replace(scratch.path("a"), with: [1, 2, 3]))
    #expect(files.log.filter { ["sync", "rename", "syncFolder"].contains($0) } == ["sync", "rename", "syncFolder"])
    #expect(try scratch.bytes("a") == [1, 2, 3])
    #expect(try scratch.names == ["a"])
  }
}
