// What a running scheduler tells of itself, as values; the tool writes them as lines.
public import Tidemark

/// Something that happened.
public enum SchedulerEvent: Sendable {
  /// The database is at this build's schema, and tasks can run: what the start did.
  case ready(StartReport)
  /// A task went to a state.
  case task(Int64, JobKey, TaskState, detail: String?)
  /// A task that was running when an earlier scheduler ended runs on.
  case adopted(Int64, JobKey, pid: Int32)
  /// A task waits: its quota or its lock is taken.
  case waiting(Int64, JobKey)
  /// A snapshot was taken.
  case snapshot(path: String)
  /// Something did not work; the scheduler goes on.
  case trouble(String)
  /// A stop was asked for; so many tasks are being ended.
  case stopping(tasks: Int)
  /// All is ended.
  case stopped
}
