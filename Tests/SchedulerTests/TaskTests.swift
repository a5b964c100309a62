// Tasks as real processes: how they run, wait, end and survive the scheduler.
import Foundation
import Scheduler
import Testing
import Tidemark

@Suite struct TaskTests {
  private func job(_ name: String) throws -> JobKey { try JobKey(role: "web", environment: "test", name: name) }

  private func task(_ scratch: Scratch, _ id: Int64) throws -> TaskRecord {
    let registry = try Registry.open(scratch.database)
    return try #require(try registry.tasks().first { $0.id == id })
  }

  /// What `/proc` says of a process; nil when it is gone, or waits for its parent only.
  private func isAlive(_ pid: Int32) -> Bool {
    guard let stat = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8),
      let bracket = stat.lastIndex(of: ")")
    else { return false }
    return stat[stat.index(bracket, offsetBy: 2)] != "Z"
  }

  @Test func endsAreRecordedAsTheyWere() async throws {
    let scratch = try Scratch()
    let running = try RunningScheduler(scratch, ["--logs", scratch.path("logs")])
    try await running.line(with: "ready")
    try scheduler(scratch, "submit", "web/test/good", "echo $SCHEDULER_JOB; echo oops >&2")
    try scheduler(scratch, "submit", "web/test/bad", "exit 3")
    try scheduler(scratch, "submit", "web/test/shot", "kill -SEGV $$")
    try await running.line(with: "good: finished (status 0)")
    try await running.line(with: "bad: failed (status 3)")
    try await running.line(with: "shot: failed (signal 11)")
    #expect(try String(contentsOfFile: scratch.path("logs/1.log"), encoding: .utf8) == "good\noops\n")
    #expect(try task(scratch, 2).exitStatus == 3)
    #expect(try task(scratch, 3).exitStatus == 139)
    #expect(try task(scratch, 1).events.map(\.event) == [.pending, .starting, .running, .finished])
    #expect(await running.stop() == 0)
  }

  @Test func aKilledTaskEndsWithAllThatItStarted() async throws {
    let scratch = try Scratch()
    let running = try RunningScheduler(scratch, ["--grace", "1s", "--logs", scratch.path("logs")])
    try await running.line(with: "ready")
    // The command ends on SIGTERM, what it started does not.
    try scheduler(scratch, "submit", "web/test/parent", "(trap '' TERM; exec sleep 1000) & echo $!; wait")
    try scheduler(scratch, "submit", "web/test/deaf", "trap '' TERM; sleep 1000 & wait; wait; sleep 1000")
    try await running.line(with: "parent: running")
    try await running.line(with: "deaf: running")
    let child = try await firstLine(of: scratch.path("logs/1.log"), Int32.self)
    #expect(isAlive(child))
    #expect(try scheduler(scratch, "kill", "1", "2").status == 0)
    try await running.line(with: "parent: killed")
    try await running.line(with: "deaf: killed (signal 9)")
    #expect(!isAlive(child))
    // Some together: all or none.
    try scheduler(scratch, "submit", "web/test/spared", "sleep 1000")
    try await running.line(with: "spared: running")
    let half = try scheduler(scratch, "kill", "3", "999")
    #expect(half.status == 1 && half.errors.contains("nothing was recorded"))
    #expect(try scratch.value("SELECT kill_requested_at IS NULL FROM tasks WHERE id = 3", as: Int.self) == 1)
    let again = try scheduler(scratch, "kill", "1")
    #expect(again.status == 1 && again.errors.contains("task 1 is killed already"))
    #expect(await running.stop() == 0)
  }

  /// The first line of a file that another process is writing; whoever waits lets others run.
  private func firstLine<T: LosslessStringConvertible>(of path: String, _ type: T.Type) async throws -> T {
    let deadline = ContinuousClock.now + .seconds(30)
    while ContinuousClock.now < deadline {
      let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
      if text.contains("\n"), let line = text.split(separator: "\n").first { return try #require(T(String(line))) }
      await Task.yield()
    }
    throw POSIXError(.ETIMEDOUT)
  }

  @Test func quotasAndLocksMakeTasksWait() async throws {
    let scratch = try Scratch()
    let running = try RunningScheduler(scratch, ["--quota", "web=2"])
    try await running.line(with: "ready")
    try scheduler(scratch, "submit", "--lock", "one", "web/test/a", "sleep 1000")
    try await running.line(with: "test/a: running")
    try scheduler(scratch, "submit", "--lock", "one", "web/test/b", "sleep 1000")
    try await running.line(with: "test/b: waits")
    try scheduler(scratch, "submit", "web/test/c", "sleep 1000")
    try await running.line(with: "test/c: running")
    try scheduler(scratch, "submit", "web/test/d", "true")
    try await running.line(with: "test/d: waits")
    try scheduler(scratch, "submit", "ops/test/e", "true")
    try await running.line(with: "ops/test/e: finished")
    // The end of the first gives its lock to the second; the quota is then full again.
    try scheduler(scratch, "kill", "1")
    try await running.line(with: "test/b: running")
    #expect(try task(scratch, 4).state == .pending)
    try scheduler(scratch, "kill", "3")
    try await running.line(with: "test/d: finished")
    #expect(await running.stop() == 0)
    #expect(try scratch.value("SELECT count(*) FROM locks", as: Int.self) == 0)
  }

  @Test func aKilledSchedulersTasksAreAdoptedOrLost() async throws {
    let scratch = try Scratch()
    let first = try RunningScheduler(scratch)
    try await first.line(with: "ready")
    try scheduler(scratch, "submit", "--lock", "l", "web/test/stays", "sleep 1000")
    try scheduler(scratch, "submit", "--lock", "m", "web/test/goes", "sleep 1000")
    try await first.line(with: "stays: running")
    try await first.line(with: "goes: running")
    first.send(SIGKILL)
    #expect(await first.end() == -SIGKILL)
    let stays = try #require(try task(scratch, 1).pid)
    let goes = try #require(try task(scratch, 2).pid)
    #expect(isAlive(stays) && isAlive(goes))
    kill(-goes, SIGKILL)
    let deadline = ContinuousClock.now + .seconds(30)
    while isAlive(goes), ContinuousClock.now < deadline { await Task.yield() }
    #expect(!isAlive(goes))

    let second = try RunningScheduler(scratch)
    try await second.line(with: "goes: lost")
    try await second.line(with: "stays: adopted (pid \(stays))")
    #expect(isAlive(stays))
    #expect(try task(scratch, 1).state == .running)
    // A stop ends adopted tasks too.
    #expect(await second.stop() == 0)
    #expect(!isAlive(stays))
    #expect(try task(scratch, 1).state == .killed)
    #expect(try scratch.value("SELECT count(*) FROM locks", as: Int.self) == 0)
  }

  @Test func anAdoptedTaskThatEndsIsLostBecauseItsStatusIs() async throws {
    let scratch = try Scratch()
    let first = try RunningScheduler(scratch)
    try await first.line(with: "ready")
    try scheduler(scratch, "submit", "web/test/a", "sleep 1000")
    try await first.line(with: "test/a: running")
    first.send(SIGKILL)
    _ = await first.end()
    let second = try RunningScheduler(scratch)
    try await second.line(with: "adopted")
    kill(-(try #require(try task(scratch, 1).pid)), SIGKILL)
    try await second.line(with: "test/a: lost")
    #expect(await second.stop() == 0)
  }

  @Test func whatAnotherHostRanOrAnEarlierProcessOfThePidIsLost() async throws {
    let scratch = try Scratch()
    try ManagedDatabase(scratch.database, lineage: SchedulerOptions(database: "").lineage).migrate()
    let registry = try Registry.open(scratch.database)
    for name in ["far", "reused", "gated"] {
      _ = try registry.submit(JobSpec(key: job(name), command: "true"))
    }
    try registry.close()
    let connection = try Connection(path: scratch.database, mode: .readWrite)
    let own = ProcessInfo.processInfo.processIdentifier
    try connection.execute(
      """
      UPDATE tasks SET state = 'running', host = 'elsewhere', pid = \(own), pid_stamp = 'x' WHERE id = 1;
      UPDATE tasks SET state = 'running', host = '\(ProcessInfo.processInfo.hostName)', pid = \(own), pid_stamp = 'x'
        WHERE id = 2;
      UPDATE tasks SET state = 'starting' WHERE id = 3;
      """)
    try connection.close()
    let running = try RunningScheduler(scratch)
    try await running.line(with: "far: lost (it ran on elsewhere")
    try await running.line(with: "reused: lost")
    // It never came through its gate, so it has not run.
    try await running.line(with: "gated: finished")
    #expect(await running.stop() == 0)
  }

  @Test func aTaskThatOnlyWaitsIsKilledWithoutAScheduler() throws {
    let scratch = try Scratch()
    try ManagedDatabase(scratch.database, lineage: SchedulerOptions(database: "").lineage).migrate()
    try scheduler(scratch, "submit", "web/test/a", "true")
    #expect(try scheduler(scratch, "kill", "1").status == 0)
    #expect(try task(scratch, 1).state == .killed)
    #expect(try scheduler(scratch, "kill", "77").errors.contains("there is no task 77"))
  }

  @Test func theHostsAttributesAreThoseOfTheLastStart() async throws {
    let scratch = try Scratch()
    let first = try RunningScheduler(scratch, ["--attribute", "rack=7=b", "--attribute", "disk=ssd"])
    try await first.line(with: "ready")
    let listed = "SELECT group_concat(name || ':' || value) FROM (SELECT * FROM host_attributes ORDER BY name)"
    let seen = try #require(try scratch.value(listed, as: String.self))
    #expect(seen.contains("disk:ssd") && seen.contains("rack:7=b") && seen.contains("cores:"), "\(seen)")
    #expect(try scratch.value("SELECT count(DISTINCT host) FROM host_attributes", as: Int.self) == 1)
    #expect(await first.stop() == 0)
    // What is not stated any more is gone, and the machine's own can be overruled.
    let second = try RunningScheduler(scratch, ["--attribute", "disk=nvme", "--attribute", "cores=1"])
    try await second.line(with: "ready")
    let now = try #require(try scratch.value(listed, as: String.self))
    #expect(now.contains("disk:nvme") && now.contains("cores:1,") && !now.contains("rack"), "\(now)")
    #expect(await second.stop() == 0)
  }
}
