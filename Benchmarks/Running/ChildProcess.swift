// Runs a program and times it, from its start to its end. The only file that speaks to posix_spawn.

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// A program that could not be run, or that failed.
struct ProcessFailure: Error, CustomStringConvertible {
  var command: [String]
  var reason: String

  var description: String { "\(command.joined(separator: " ")): \(reason)" }
}

/// A program that runs.
struct ChildProcess {
  private let command: [String]
  private let process: pid_t
  private let started = ContinuousClock.now
  private let errors: String

  /// Starts a program.
  /// - Parameters:
  ///   - command: its path and its arguments.
  ///   - input: the file that is its standard input.
  ///   - output: the file that its standard output goes to.
  ///   - errors: the file that its standard error goes to.
  init(_ command: [String], input: String = "/dev/null", output: String = "/dev/null", errors: String) throws {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, input, O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
    posix_spawn_file_actions_addopen(&actions, 2, errors, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
    var process = pid_t()
    let result = Self.withArray(command) { arguments in
      Self.withArray(Self.environment) { posix_spawn(&process, command[0], &actions, nil, arguments, $0) }
    }
    guard result == 0 else { throw ProcessFailure(command: command, reason: String(cString: strerror(result))) }
    self.command = command
    self.process = process
    self.errors = errors
  }

  /// Waits for its end.
  /// - Returns: seconds since its start, and what the processors worked for it and its children.
  /// - Throws: `ProcessFailure` with what it said when it failed.
  @discardableResult
  func wait() throws -> (seconds: Double, cpu: Double) {
    var status: Int32 = 0
    var usage = rusage()
    while wait4(process, &status, 0, &usage) < 0 {
      guard errno == EINTR else { throw ProcessFailure(command: command, reason: String(cString: strerror(errno))) }
    }
    let seconds = Seconds.since(started)
    guard status == 0 else {
      // What it said is only there to explain; that it failed is known.
      let said = (try? Text.read(errors)) ?? ""
      let how = status & 0x7f == 0 ? "exit status \(status >> 8 & 0xff)" : "signal \(status & 0x7f)"
      throw ProcessFailure(command: command, reason: "\(how) \(said)")
    }
    return (seconds, Seconds.of(usage.ru_utime) + Seconds.of(usage.ru_stime))
  }

  /// The program of a name, from the search path; nil when it is not installed.
  static func find(_ name: String) -> String? {
    let path = getenv("PATH").map { String(cString: $0) } ?? "/usr/local/bin:/usr/bin:/bin"
    return path.split(separator: ":").map { "\($0)/\(name)" }.first { access($0, X_OK) == 0 }
  }

  /// What every program gets: the same, whoever runs the benchmarks.
  private static let environment: [String] = ["PATH", "HOME", "TMPDIR"].compactMap { name in
    getenv(name).map { value in name + "=" + String(cString: value) }
  }

  private static func withArray<T>(
    _ texts: [String], _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> T
  ) -> T {
    let pointers = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>.allocate(capacity: texts.count + 1)
    for (index, text) in texts.enumerated() { pointers[index] = strdup(text) }
    pointers[texts.count] = nil
    defer {
      for index in texts.indices { free(pointers[index]) }
      pointers.deallocate()
    }
    return body(pointers)
  }
}

/// Durations as numbers.
enum Seconds {
  static func of(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }

  /// Seconds since an instant.
  static func since(_ start: ContinuousClock.Instant) -> Double {
    let passed = (ContinuousClock.now - start).components
    return Double(passed.seconds) + Double(passed.attoseconds) / 1e18
  }
}
