// A file written in pieces past the page cache holds what was appended, on file systems that can and on those that cannot.
import Foundation
import Synchronization
import Testing
import TidemarkSQLite

@testable import TidemarkSnapshots

@Suite struct StreamWriterTests {
  /// How a file system answers to writes past the page cache.
  enum Answer: String, CaseIterable { case can, cannot, refusesTheWrites }

  /// What was written while the page cache was passed by.
  private final class Direct: Sendable {
    let isOn = Mutex(false)
    let writes = Mutex(0)
  }

  /// A file system that answers so, whatever the machine's own can, and holds direct writes to their rules.
  private func files(_ answer: Answer, _ direct: Direct, failing: Int = 0) -> HookedFiles {
    HookedFiles(
      onWrite: { bytes, offset in
        guard direct.isOn.withLock({ $0 }) else { return }
        let unit = answer == .refusesTheWrites ? Int.max : directUnit
        let place = UInt(bitPattern: bytes.baseAddress)
        guard bytes.count % unit == 0, offset % Int64(unit) == 0, place % UInt(unit) == 0 else {
          throw FileError("write", "it", EINVAL)
        }
        let number = direct.writes.withLock { writes in
          writes += 1
          return writes
        }
        if number == failing { throw FileError("write", "it", ENOSPC) }
      },
      onBypass: { _, isOn in
        guard answer != .cannot else { return false }
        direct.isOn.withLock { $0 = isOn }
        return true
      })
  }

  @Test(arguments: Answer.allCases, [0, 1, 4095, 4096, 1 << 20, (1 << 20) + 1, 5_000_001])
  func whatIsAppendedIsInTheFile(_ answer: Answer, _ length: Int) throws {
    let scratch = try Scratch()
    let bytes = (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 11) }
    let direct = Direct()
    let output = try OutputFile(new: scratch.path("x"), mode: 0o600, files(answer, direct))
    let writer = StreamWriter(output)
    defer { writer.end() }
    // Pieces of many lengths, none of which divides a page.
    var rest = bytes[...]
    var step = 15
    while !rest.isEmpty {
      try rest.prefix(step).withUnsafeBytes(writer.append)
      rest = rest.dropFirst(step)
      step = min(step * 7 + 1, 600_001)
    }
    #expect(writer.offset == Int64(length))
    try writer.finish()
    // Other writes and reads follow, of any length, at any place.
    try [UInt8]("tail".utf8).withUnsafeBytes { try output.write($0, at: Int64(length)) }
    var first = [UInt8](repeating: 0, count: 3)
    let count = try first.withUnsafeMutableBytes { try output.read(into: $0, at: 0) }
    #expect(first[..<count] == (bytes + [UInt8]("tail".utf8))[..<3])
    output.keep()
    #expect(try Data(contentsOf: URL(fileURLWithPath: scratch.path("x"))) == Data(bytes + [UInt8]("tail".utf8)))
    #expect((direct.writes.withLock { $0 } > 0) == (answer == .can && length >= 1 << 20))
  }

  @Test(arguments: [1, 2, 3, 4]) func aWriteThatFailsIsToldAndTheThreadEnds(_ write: Int) throws {
    let scratch = try Scratch()
    let output = try OutputFile(new: scratch.path("x"), mode: 0o600, files(.can, Direct(), failing: write))
    let writer = StreamWriter(output)
    let bytes = [UInt8](repeating: 7, count: 700_001)
    let error = #expect(throws: SnapshotError.self) {
      for _ in 0..<5 { try bytes.withUnsafeBytes(writer.append) }
      try writer.finish()
    }
    #expect(error?.code == "disk-full")
    writer.end()
  }

  @Test func oneThatIsGivenUpEndsWithoutWaitingForMore() throws {
    let scratch = try Scratch()
    let output = try OutputFile(new: scratch.path("x"), mode: 0o600, LocalFiles())
    let writer = StreamWriter(output)
    try [UInt8](repeating: 7, count: 3_000_000).withUnsafeBytes(writer.append)
    writer.end()
    #expect(try output.size() <= 3_000_000)
  }
}
