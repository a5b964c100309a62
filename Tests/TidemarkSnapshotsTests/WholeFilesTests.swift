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

  @Test func linksAndRightsStayAndNoFileOfSomebodyElsesGoes() throws {
    let scratch = try Scratch()
    try scratch.write("a", "old")
    try scratch.write("a.new", "an author's own")
    try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: scratch.path("a"))
    try FileManager.default.createSymbolicLink(atPath: scratch.path("link"), withDestinationPath: "a")
    #expect(try LocalFiles().replace(scratch.path("link"), with: Array("new".utf8)))
    #expect(try scratch.bytes("a") == Array("new".utf8))
    #expect(try scratch.names == ["a", "a.new", "link"])
    #expect(try LocalFiles().status(scratch.path("link"), followLinks: false)?.kind == .link)
    #expect(try LocalFiles().status(scratch.path("a"), followLinks: false)?.mode == 0o640)
  }
}
