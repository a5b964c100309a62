// The tool as a process: what it does with streams that are closed, full, or no longer read.

import Testing
import TidemarkCommands

@Suite struct ProcessTests {
  @Test func itSaysItsVersion() async throws {
    let ended = try await Tool.shell("$TIDEMARK --version")
    #expect(ended.status == 0)
    #expect(ended.output.hasPrefix("tidemark \(TidemarkCommand.version)"))
    #expect(ended.error == "")
  }

  @Test func wrongUsageIsStatus64() async throws {
    let ended = try await Tool.shell("$TIDEMARK nonsense")
    #expect(ended.status == 64)
    #expect(ended.output == "")
  }

  @Test func aReaderThatGoesDoesNotKillIt() async throws {
    // The reader is gone before the tool writes: the tool starts when the FIFO's only reader has opened and closed it.
    let ended = try await Tool.shell(
      """
      dir=$(mktemp -d); mkfifo $dir/pipe; : < $dir/pipe & exec 3> $dir/pipe; wait
      $TIDEMARK --help >&3; status=$?; rm -r $dir; exit $status
      """)
    #expect(ended.status == 0)
    #expect(ended.error == "")
  }

  @Test(arguments: [">&-", "<&- >&-"])
  func closedOutputIsAFailureThatIsSaid(closing: String) async throws {
    let ended = try await Tool.shell("$TIDEMARK --version \(closing)")
    #expect(ended.status == 1)
    #expect(ended.error.hasPrefix("error: standard output could not be written\nwhy: Bad file descriptor\n"))
  }

  @Test func closedErrorLeavesTheStatus() async throws {
    let ended = try await Tool.shell("$TIDEMARK nonsense 2>&-")
    #expect(ended.status == 64)
    #expect(ended.output == "")
  }

  #if os(Linux)
    @Test func aFullDiskIsAFailureThatIsSaid() async throws {
      let ended = try await Tool.shell("$TIDEMARK --help > /dev/full")
      #expect(ended.status == 1)
      #expect(ended.error.contains("why: No space left on device"))
    }
  #endif
}
