// What a lock file says of a holder is input: nothing in it can overflow a slot, forge a field or steer a terminal.
import Foundation
import Testing

@testable import Tidemark

@Suite struct LockHolderTests {
  @Test func `a line is written and read again`() {
    let holder = LockHolder(
      pid: 7, build: "scheduler 1.2 (größer)", host: "node-3", since: "2026-07-30T12:00:00Z", purpose: "restore")
    #expect(LockHolder(slot: holder.line.utf8) == holder)
    #expect(LockHolder(slot: Array(holder.line.utf8) + Array("junk from before".utf8)) == holder)
  }

  @Test func `this process is said as it is`() {
    let holder = LockHolder.current(build: "b", purpose: "p")
    #expect(holder.pid == getpid())
    #expect(
      holder.host == ProcessInfo.processInfo.hostName.split(separator: ".").first.map(String.init)
        || !holder.host.isEmpty)
    #expect(holder.since.wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/) != nil)
  }

  @Test(arguments: [
    "a\tb", "a\nb", "\u{1b}[2Ja", "a\u{202e}b", "a\u{0}b", "\u{9b}31mred", String(repeating: "ß", count: 500),
    String(repeating: "👩‍👩‍👧", count: 100), "\u{7f}",
  ])
  func `no text escapes its field`(text: String) {
    let holder = LockHolder(pid: .max, build: text, host: text, since: text, purpose: text)
    #expect(holder.line.utf8.count <= 255)
    #expect(holder.line.split(separator: "\t", omittingEmptySubsequences: false).count == 5)
    #expect(holder.line.utf8.count { $0 < 0x20 && $0 != 9 } == 1)
    #expect(LockHolder(slot: holder.line.utf8) == holder)
    #expect(
      !holder.description.unicodeScalars.contains {
        $0.value < 0x20 || (0x7f...0x9f).contains($0.value) || $0.value == 0x202e
      })
  }

  @Test(arguments: [
    "", "\n", "x\ta\tb\tc\td\n", "0\ta\tb\tc\td", "-4\ta\tb\tc\td", "12\ta\tb\tc\n", "99999999999\ta\tb\tc\td",
  ])
  func `a slot that makes no sense is nobody`(text: String) {
    #expect(LockHolder(slot: text.utf8) == nil)
  }

  @Test func `bytes that are no text are bounded too`() throws {
    let holder = try #require(
      LockHolder(slot: Array("5\t".utf8) + [0xff, 9, 0xfe, 9, 0xc3, 9] + [UInt8](repeating: 0x80, count: 240)))
    #expect(holder.line.utf8.count <= 255)
  }
}
