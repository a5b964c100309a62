// The programs that tests start end with them, also when nobody is left to end them.
import Foundation
import TestProcesses
import Testing

@Suite(.ownThreads) struct OrphanTests {
  @Test func aProgramAndWhatItStartedEndWithTheProcessOfItsTests() throws {
    let orphans = try Orphans()
    // Both of them hold the pipe that is listened to; the second does not hear of hangups and requests to end.
    let program = try RunningProgram("/bin/sh", ["-c", "(trap '' HUP TERM; sleep 1000) & echo started; wait"])
    #expect(program.listen(until: "\n") == "started\n")
    orphans.add(program.pid)
    orphans.endAll()
    #expect(program.listenToTheEnd() == "")
    #expect(try program.end() == -SIGKILL)
  }

  @Test func whatHasEndedBeforeIsLeftAlone() throws {
    let orphans = try Orphans()
    let programs = try (0..<3).map { _ in try RunningProgram("/bin/cat") }
    for program in programs { orphans.add(program.pid) }
    orphans.remove(programs[1].pid)
    orphans.endAll()
    try programs[1].tell("here\n")
    #expect(programs[1].listen(until: "\n") == "here\n")
    try programs[1].endInput()
    #expect(try programs.map { try $0.end() } == [-SIGKILL, 0, -SIGKILL])
  }
}
