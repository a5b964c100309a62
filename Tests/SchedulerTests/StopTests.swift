// A stop that is asked for comes, whenever it is asked for and whoever started the service.
import Foundation
import Scheduler
import Testing
import Tidemark

@Suite struct StopTests {
  @Test func aStartThatWaitsForTheLockEndsWhenAStopIsAskedFor() async throws {
    let scratch = try Scratch()
    let holder = try await DatabaseLock.acquire(
      scratch.database, .exclusive, as: .current(build: "another", purpose: "migrating"))
    defer { holder.release() }
    let stop = StopSignal()
    stop.raise()
    let error = await #expect(throws: LockError.self) {
      try await Scheduler(SchedulerOptions(database: scratch.database), stop: stop).run()
    }
    // Not the end of its patience, which says `held`.
    #expect(error?.code == .cancelled)
  }

  @Test func oneThatWaitsForTheLockCanBeEndedByASignal() async throws {
    let scratch = try Scratch()
    let holder = try await DatabaseLock.acquire(
      scratch.database, .exclusive, as: .current(build: "another", purpose: "migrating"))
    let running = try RunningScheduler(scratch)
    // It has its handlers before it takes its own lock, and waits for the other one afterwards, ten seconds: in between
    // this thread is not let go.
    let own = scratch.database + "-scheduler.lock"
    let end = ContinuousClock.now + .seconds(30)
    while (try? String(contentsOfFile: own, encoding: .utf8).hasPrefix("process \(running.pid) ")) != true {
      try #require(ContinuousClock.now < end, "\(running.complaints)")
      usleep(1000)
    }
    running.send(SIGTERM)
    #expect(await running.end() == 1)
    #expect(running.lines.isEmpty && running.complaints.contains("was called off"), "\(running.complaints)")
    holder.release()
  }

  @Test(arguments: ["TERM", "CHLD", "TERM,CHLD,HUP,INT"])
  func signalsThatWhoeverStartedItIgnoresDoNotKeepItFromStopping(ignored: String) async throws {
    let scratch = try Scratch()
    let running = try RunningScheduler(scratch, ignoring: ignored)
    try await running.line(with: "ready")
    try scheduler(scratch, "submit", "web/test/ends", "exit 3")
    try await running.line(with: "ends: failed (status 3)")
    try scheduler(scratch, "submit", "web/test/stays", "sleep 1000")
    try await running.line(with: "stays: running")
    #expect(await running.stop() == 0)
    try await running.line(with: "stays: killed (signal 15)")
    #expect(running.lines.last == "stopped")
  }
}
