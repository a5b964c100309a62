// A task: one run of a job, from its request to its end.
public import Tidemark

/// How a task stands. The raw values are what the database holds.
public enum TaskState: String, Sendable, Hashable, Codable, CaseIterable {
  /// Waits for its quota, its lock, or the scheduler.
  case pending
  /// Has its quota and its lock; a process is being made.
  case starting
  /// Has a process.
  case running
  /// Ended with status 0.
  case finished
  /// Ended with another status or by a signal, or could not be started.
  case failed
  /// Ended because it was asked to.
  case killed
  /// Nobody can tell how it ended.
  case lost

  /// Whether it has ended.
  public var isOver: Bool {
    switch self {
    case .pending, .starting, .running: false
    case .finished, .failed, .killed, .lost: true
    }
  }
}

/// A task as `scheduler tasks` shows it.
public struct TaskRecord: Sendable, Hashable, Codable {
  /// The row's id.
  public var id: Int64
  /// The job it runs.
  public var job: JobKey
  /// How it stands.
  public var state: TaskState
  /// Where it runs or ran.
  public var host: String?
  /// Its process, while there is one.
  public var pid: Int32?
  /// What the process returned; 128 and the signal where one ended it, as shells have it.
  public var exitStatus: Int32?
  /// When its end was asked for, in milliseconds since 1970, UTC.
  public var killRequestedAt: Int64?
  /// What has happened to it, oldest first.
  public var events: [TaskEvent]
}

/// Something that happened to a task.
public struct TaskEvent: Sendable, Hashable, Codable {
  /// When, in milliseconds since 1970, UTC.
  public var at: Int64
  /// The state it went to.
  public var event: TaskState
  /// What there is to say of it.
  public var detail: String?
}

extension TaskState: Readable {
  /// Reads a state's raw value.
  public init?(sqliteValue: Value) {
    guard case .text(let text) = sqliteValue else { return nil }
    self.init(rawValue: text)
  }
}
