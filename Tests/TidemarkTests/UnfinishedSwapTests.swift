// A restore whose swap can go neither on nor back keeps every file, and the next one finishes it.
import Foundation
import Synchronization
import TestFiles
import Testing
import Tidemark
import TidemarkSQLite

@Suite struct UnfinishedSwapTests {
  /// Names can be exchanged once; from then on the disk fails whatever is asked of it that changes names.
  private final class FailingFiles: ForwardingFiles {
    let base = LocalFiles()
    private let hasExchanged = Mutex(false)

    func forward<T>(_ operation: String, _ path: String?, _ body: () throws -> T) throws -> T {
      if hasExchanged.withLock({ $0 }), ["exchange", "syncFolder", "rename", "renameNew"].contains(operation) {
        throw FileError(operation, path ?? "", 5)
      }
      let result = try body()
      if operation == "exchange" { hasExchanged.withLock { $0 = true } }
      return result
    }
  }

  @Test func theOldDatabaseIsNotRemovedUnderItsOtherName() throws {
    let shop = try Workshop()
    try shop.database(tables(1)).migrate()
    try shop.execute("INSERT INTO t1 VALUES('only here')")
    let source = try shop.snapshot(of: tables(1))
    let failing = shop.database(tables(1), .init(build: "test", lockTimeout: .zero, files: FailingFiles()))
    let error = try #require(throws: SwapError.self) { try failing.restore(source) }
    #expect(error.code == .unfinished)
    // The new one is in place, and the old one waits for its name.
    try shop.database(tables(1)).migrate()
    #expect(try shop.value("SELECT a FROM t1", as: String.self) == "of the snapshot")
    let names = try FileManager.default.contentsOfDirectory(atPath: shop.folder)
    let previous = try #require(names.first { $0.contains(".previous-") }, "\(names)")
    let old = try Connection(path: shop.folder + "/" + previous, mode: .readOnly)
    #expect(try old.value("SELECT a FROM t1", as: String.self) == "only here")
    try old.close()
    #expect(try shop.litter().isEmpty)
  }
}
