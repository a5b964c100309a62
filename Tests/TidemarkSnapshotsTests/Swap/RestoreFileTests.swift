// The file a restore prepares: private, held while it lives, cleared away when its restore has died.
import Foundation
import Synchronization
import TestFiles
import Testing
import TidemarkSQLite
import TidemarkSnapshots

@Suite struct RestoreFileTests {
  private let folder: SwapFolder

  init() throws { folder = try SwapFolder() }

  @Test(arguments: [0o600, 0o640, 0o444, 0o666] as [UInt32])
  func `it is readable by nobody who could not read the database`(mode: UInt32) throws {
    try makeDatabase(folder.database, says: "old")
    try LocalFiles().setMode(folder.database, mode)
    let file = try RestoreFile(beside: folder.database)
    let own = try #require(try LocalFiles().status(file.path, followLinks: false))
    #expect(own.mode & ~(mode | 0o600) == 0)
    #expect(own.mode & 0o600 == 0o600)
  }

  @Test func `those of living restores stay, those of dead ones go with their side files`() throws {
    try makeDatabase(folder.database, says: "old")
    let living = try RestoreFile(beside: folder.database)
    let dead = try RestoreFile(beside: folder.database)
    dead.close()
    for suffix in ["-wal", "-journal"] { try Data([1]).write(to: URL(fileURLWithPath: dead.path + suffix)) }
    try folder.write("db.tidemark-restore-0000000000000000-journal", [1])
    // Not ours by their names.
    let others = ["db.tidemark-restore-", "db.tidemark-restore-0123", "db.tidemark-restore-000000000000000G", "db.x"]
    for name in others { try folder.write(name, [1]) }
    let removed = try RestoreFile.clearLeftovers(beside: folder.database)
    #expect(
      Set(removed) == [
        dead.path, dead.path + "-wal", dead.path + "-journal",
        folder.path + "/db.tidemark-restore-0000000000000000-journal",
      ])
    #expect(try Set(folder.names) == Set(others + ["db", String(living.path.dropFirst(folder.path.count + 1))]))
    #expect(try RestoreFile.clearLeftovers(beside: folder.database) == [])
    #expect(try RestoreFile.clearLeftovers(beside: folder.path + "/none/db") == [])
  }

  @Test func `the old database under a restore's name is never taken for a leftover`() throws {
    // As after a crash between the exchange of names and the dated one.
    try makeDatabase(folder.database, says: "new")
    try makeDatabase(folder.prepared, says: "old")
    let files = LocalFiles()
    let new = try #require(try files.status(folder.database, followLinks: false))
    let old = try #require(try files.status(folder.prepared, followLinks: false))
    let note = """
      tidemark swap 1
      prepared \(new.inode) db.tidemark-restore-00112233445566ff
      old \(old.inode) \(old.size) \(old.modified)
      previous db.previous-20260730T120000Z
      end

      """
    try folder.write("db.tidemark-swap", Array(note.utf8))
    #expect(try RestoreFile.clearLeftovers(beside: folder.database) == [])
    #expect(try Swap().recover(target: folder.database)?.outcome == .finished)
    #expect(try RestoreFile.clearLeftovers(beside: folder.database) == [])
    #expect(try PreviousDatabases.list(folder.database).map { try found($0.path) } == [whole("old")])
  }

  @Test func `one that is being worked on cannot be put in place`() throws {
    try makeDatabase(folder.database, says: "old")
    let file = try RestoreFile(beside: folder.database)
    try makeDatabase(file.path, says: "new")
    let files = FaultyFiles(lacking: ["lease"])
    let failure = #expect(throws: SwapError.self) {
      try Swap(files: files).replace(target: folder.database, with: file.path)
    }
    #expect(failure?.code == .prepared)
    file.close()
    _ = try Swap().replace(target: folder.database, with: file.path)
    #expect(try found(folder.database) == whole("new"))
  }

  @Test func `it goes with everything beside it when it is discarded`() throws {
    let file = try RestoreFile(beside: folder.database)
    try makeDatabase(file.path, says: "new", journal: "wal")
    try Data([1]).write(to: URL(fileURLWithPath: file.path + "-wal"))
    try file.discard()
    #expect(try folder.names == [])
  }

  @Test func `a folder that is missing is named`() throws {
    let failure = #expect(throws: FileError.self) { try RestoreFile(beside: folder.path + "/none/db") }
    #expect(failure?.isMissing == true)
    #expect(failure?.path.hasPrefix(folder.path + "/none/") == true)
  }

  /// A file system on which a new file has another group, and that can fail.
  private final class OtherGroup: ForwardingFiles {
    let base = LocalFiles()
    let failing: String
    private let descriptors = Mutex<(made: Int32?, closed: [Int32])>((nil, []))

    init(failing: String) { self.failing = failing }

    var closed: [Int32] { descriptors.withLock { $0.closed } }
    var made: Int32? { descriptors.withLock { $0.made } }

    func forward<T>(_ operation: String, _ path: String?, _ body: () throws -> T) throws -> T {
      if operation == failing { throw FileError(operation, path ?? "", EPERM) }
      return try body()
    }
    func open(_ path: String, _ how: OpenHow) throws -> Int32 {
      let descriptor = try base.open(path, how)
      if case .createNew = how { descriptors.withLock { $0.made = descriptor } }
      return descriptor
    }
    func close(_ descriptor: Int32) {
      // A number that is closed twice may be another's by then: here it is not given back at all.
      descriptors.withLock { $0.closed.append(descriptor) }
    }
    func status(of descriptor: Int32) throws -> FileStatus {
      var status = try base.status(of: descriptor)
      if descriptor == made { status.group += 1 }
      return status
    }
  }

  @Test(arguments: ["setMode", "lockRange"]) func `one that cannot be made is closed once and leaves nothing`(
    operation: String
  ) throws {
    try folder.write("source", [1])
    try LocalFiles().setMode(folder.path + "/source", 0o664)
    let files = OtherGroup(failing: operation)
    #expect(throws: FileError.self) {
      try RestoreFile(beside: folder.database, from: folder.path + "/source", files: files)
    }
    let made = try #require(files.made)
    #expect(files.closed.count { $0 == made } == 1)
    #expect(try folder.names == ["source"])
    for descriptor in Set(files.closed) { files.base.close(descriptor) }
  }

  /// After a crash in the midst of a swap that may be the database itself, which this process may have open.
  @Test func `nothing is opened while a swap is unfinished`() throws {
    try makeDatabase(folder.database, says: "new")
    try folder.write("db.tidemark-restore-00112233445566ff", [1])
    try folder.write("db.tidemark-swap", Array("tidemark swap 1\n".utf8))
    let files = FaultyFiles()
    #expect(try RestoreFile.clearLeftovers(beside: folder.database, files: files) == [])
    #expect(!files.log.contains("open"))
  }
}
