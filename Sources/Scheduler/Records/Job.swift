// A job as people submit it and as the database has it.
internal import Tidemark

/// What tells one job from another.
public struct JobKey: Sendable, Hashable, Codable, CustomStringConvertible {
  /// Who it runs for; quotas count by it.
  public var role: String
  /// Where it stands: `prod`, `devel`.
  public var environment: String
  /// What it is called there.
  public var name: String

  /// A key.
  /// - Throws: `SchedulerError.badName` unless each is of letters, digits, `.`, `_` and `-`, at most 64 of them.
  public init(role: String, environment: String, name: String) throws {
    for (what, word) in [("role", role), ("environment", environment), ("job's name", name)] {
      try Self.check(word, as: what)
    }
    self.init(known: role, environment, name)
  }

  /// A key out of the database, where an older build's downgrade may have given a name a `~`.
  init(known role: String, _ environment: String, _ name: String) {
    self.role = role
    self.environment = environment
    self.name = name
  }

  /// Reads `role/environment/name`.
  /// - Throws: `SchedulerError.badName`.
  public init(_ text: String) throws {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 3 else { throw SchedulerError.badName("job (role/environment/name)", text) }
    try self.init(role: parts[0], environment: parts[1], name: parts[2])
  }

  /// `role/environment/name`.
  public var description: String { "\(role)/\(environment)/\(name)" }

  /// Refuses a word that is no name.
  static func check(_ word: String, as what: String) throws {
    let isName = word.utf8.allSatisfy { byte in
      (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte)
        || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-")
    }
    guard isName, (1...64).contains(word.utf8.count) else { throw SchedulerError.badName(what, word) }
  }
}

/// What a job does, and when.
public struct JobSpec: Sendable, Hashable {
  /// What tells it from others.
  public var key: JobKey
  /// Run by `/bin/sh -c`.
  public var command: String
  /// When; nil for a job that runs when it is submitted.
  public var schedule: CronLine?
  /// Cores that a task takes from its role's quota.
  public var cpu: Double
  /// Memory that a task takes from its role's quota, in MiB.
  public var ramMB: Int64
  /// Tasks of jobs with the same lock never run at once.
  public var lock: String?

  /// A job.
  /// - Throws: `SchedulerError` for a command that is empty, a number out of range, or a lock that is no name.
  public init(
    key: JobKey, command: String, schedule: CronLine? = nil, cpu: Double = 0.1, ramMB: Int64 = 64, lock: String? = nil
  ) throws {
    guard !command.trimmingSpaces().isEmpty, !command.utf8.contains(0) else { throw SchedulerError.badCommand }
    guard cpu >= 0, cpu <= 1_024 else { throw SchedulerError.badNumber("cpu", "it goes from 0 to 1024 cores") }
    guard (0...1_048_576).contains(ramMB) else {
      throw SchedulerError.badNumber("ram", "it goes from 0 to 1048576 MiB")
    }
    if let lock { try JobKey.check(lock, as: "lock") }
    self.key = key
    self.command = command
    self.schedule = schedule
    self.cpu = cpu
    self.ramMB = ramMB
    self.lock = lock
  }
}

/// A job with how it is doing, as `scheduler list` shows it.
public struct JobSummary: Sendable, Hashable, Codable {
  /// The row's id.
  public var id: Int64
  /// What tells it from others.
  public var key: JobKey
  /// Run by `/bin/sh -c`.
  public var command: String
  /// A hash of the command's words, 16 hexadecimal digits.
  public var commandHash: String?
  /// The cron line; nil for a job that runs when it is submitted.
  public var schedule: String?
  /// When it was submitted first, in milliseconds since 1970, UTC.
  public var createdAt: Int64
  /// How many of its tasks wait or run.
  public var liveTasks: Int64
  /// The newest task; nil before the first.
  public var lastTask: Int64?
  /// How the newest task stands.
  public var lastState: TaskState?
}

/// What a role may use at once.
public struct Quota: Sendable, Hashable {
  /// The role.
  public var role: String
  /// Cores.
  public var cpu: Double
  /// Memory in MiB.
  public var ramMB: Int64
  /// Tasks.
  public var tasks: Int64

  /// A quota.
  /// - Throws: `SchedulerError` for a role that is no name or a number below 0.
  public init(role: String, cpu: Double, ramMB: Int64, tasks: Int64) throws {
    try JobKey.check(role, as: "role")
    guard cpu >= 0, cpu.isFinite, ramMB >= 0, tasks >= 0 else {
      throw SchedulerError.badNumber("quota of \(role)", "no number of it may be below 0")
    }
    self.role = role
    self.cpu = cpu
    self.ramMB = ramMB
    self.tasks = tasks
  }
}
