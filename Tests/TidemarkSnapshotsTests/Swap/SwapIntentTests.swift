// A note of a swap speaks of files of its own database only: whoever can write one must not move or remove another.
import Testing

@testable import TidemarkSnapshots

@Suite struct SwapIntentTests {
  private func read(prepared: String, previous: String = "db.previous-1") -> SwapIntent.Reading {
    let intent = SwapIntent(
      prepared: prepared, preparedInode: 1, oldInode: 2, oldSize: 3, oldModified: 4, previous: previous)
    return SwapIntent.read(intent.text, name: "db")
  }

  @Test(arguments: ["other", "db", "dbx", "other.db", "../db.x", "db-wal"])
  func namesOfOthersAreNotUnderstood(_ name: String) {
    #expect(read(prepared: name) == .foreign)
    #expect(read(prepared: "db.tidemark-restore-1", previous: name) == .foreign)
  }

  @Test func itsOwnAre() {
    guard case .whole = read(prepared: "db.tidemark-restore-1") else {
      Issue.record("not understood")
      return
    }
  }
}
