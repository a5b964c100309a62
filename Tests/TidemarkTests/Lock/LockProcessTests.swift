// Another process's lock, taken by a program that is none of ours, is respected, and ends with its death.
import Foundation
import TestProcesses
import Testing

@testable import Tidemark

@Suite(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/perl"))) struct LockProcessTests {
  /// Locks byte 0 and the first slot as the format says, writes a line, and waits to be killed.
  private static let script = #"""
    $| = 1;
    open(F, "+<", $ARGV[0]) or die $!;
    sub hold { my ($kind, $start, $length) = @_;
      my $lock = pack("s s x4 q q i x4", $kind, 0, $start, $length, 0);
      fcntl(F, 37, $lock) or die $!; }
    hold($ARGV[1], 0, 1);
    hold(1, 4096, 255);
    seek(F, 4096, 0); syswrite(F, "$$\t2026-07-30T12:00:00Z\tservice\telsewhere\tbuild \e[31m9\n");
    hold(1, 4096 + 255, 1);
    print "READY\n";
    <STDIN>;
    """#

  @Test(arguments: [0, 1])
  func `it keeps others out, is named, and is gone when its process is killed`(kind: Int) throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("lock-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let me = LockHolder.current(build: "mine", purpose: "restore")
    let path = try DatabaseLock.acquire(folder + "/db", .exclusive, as: me, isCancelled: { false }).path

    let program = try RunningProgram("/usr/bin/perl", ["-e", Self.script, path, "\(kind)"])
    #expect(program.listen(until: "READY\n") == "READY\n")

    let failure = #expect(throws: LockError.self) {
      try DatabaseLock.acquire(folder + "/db", .exclusive, as: me, isCancelled: { false })
    }
    #expect(failure?.code == .held)
    let expected = LockHolder(
      pid: program.pid, build: "build [31m9", host: "elsewhere", since: "2026-07-30T12:00:00Z",
      purpose: "service")
    #expect(failure?.holders == [expected])
    if kind == 0 {
      #expect(
        try DatabaseLock.acquire(folder + "/db", .exclusiveIfFree, as: me, isCancelled: { false }).kind == .shared)
    } else {
      #expect(throws: LockError.self) {
        try DatabaseLock.acquire(folder + "/db", .exclusiveIfFree, as: me, isCancelled: { false })
      }
    }
    program.send(SIGKILL)
    try program.end()
    #expect(try DatabaseLock.acquire(folder + "/db", .exclusive, as: me, timeout: .seconds(60)).kind == .exclusive)
    #expect(try DatabaseLock.holders(of: folder + "/db") == [])
  }
}
