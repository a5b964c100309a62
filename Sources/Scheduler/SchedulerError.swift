// What the scheduler can refuse or fail at, and the words for it.

/// A failure of the scheduler itself; those of the database come as Tidemark's errors.
public enum SchedulerError: Error, Sendable, Hashable {
  /// A cron line that cannot be read: the line, and why.
  case badSchedule(String, String)
  /// A role, environment, name or other word that is not accepted: what it is, and the word.
  case badName(String, String)
  /// A job without a command, or one with a NUL in it.
  case badCommand
  /// A number out of range: what it is, and why.
  case badNumber(String, String)
  /// There is no such job.
  case noJob(JobKey)
  /// There is no task of that id.
  case noTask(Int64)
  /// The task is over already.
  case taskIsOver(Int64, TaskState)
  /// The database is at another schema than this build's: what would have to be done.
  case otherSchema(String, String)
  /// Another scheduler runs on the database: its path, and what it left in its lock.
  case alreadyRunning(String, String)

  /// A stable name for programs.
  public var code: String {
    switch self {
    case .badSchedule: "bad-schedule"
    case .badName: "bad-name"
    case .badCommand: "bad-command"
    case .badNumber: "bad-number"
    case .noJob: "no-job"
    case .noTask: "no-task"
    case .taskIsOver: "task-is-over"
    case .otherSchema: "other-schema"
    case .alreadyRunning: "already-running"
    }
  }

  /// Whether it is a refusal for safety, and not a failure.
  public var isRefusal: Bool {
    switch self {
    case .otherSchema, .alreadyRunning: true
    default: false
    }
  }

  /// What failed, and why.
  public var message: String {
    switch self {
    case .badSchedule(let line, let why): "the schedule '\(line)' cannot be read: \(why)"
    case .badName(let what, let word): "'\(word)' is no \(what)"
    case .badCommand: "the command is empty, or holds a NUL"
    case .badNumber(let what, let why): "\(what): \(why)"
    case .noJob(let key): "there is no job \(key)"
    case .noTask(let id): "there is no task \(id)"
    case .taskIsOver(let id, let state): "task \(id) is \(state.rawValue) already"
    case .otherSchema(let path, let what): "\(path) is not at this build's schema: \(what)"
    case .alreadyRunning(let path, let who): "another scheduler runs on \(path): \(who)"
    }
  }

  /// What to do next.
  public var hint: String {
    switch self {
    case .badSchedule: "It takes five fields: minute, hour, day of the month, month, day of the week; in UTC."
    case .badName: "Letters, digits, '.', '_' and '-', at most 64 of them."
    case .noJob: "`scheduler list` shows the jobs."
    case .noTask: "`scheduler tasks` shows the tasks."
    case .otherSchema: "Start the scheduler of this build on it, or use the tool of the build that runs."
    case .badCommand: "Give what a shell is to run, as one word: 'echo hi'."
    case .badNumber: "Give a number of that range."
    case .taskIsOver: "`scheduler tasks` shows how it ended."
    case .alreadyRunning: "Stop that one first; it ends its tasks, records them, and then this one can start."
    }
  }
}

extension SchedulerError: CustomStringConvertible {
  /// The message.
  public var description: String { message }
}
