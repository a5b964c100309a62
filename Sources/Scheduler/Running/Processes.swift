// Processes of tasks, through the system's own calls; the only file of the scheduler that handles its pointers.
//
// A process is made behind a gate: it waits until the scheduler has recorded its pid, and goes away unrun when the
// scheduler dies before. So there is never a command running that the database does not know.
#if canImport(Glibc)
  // `environ` is a variable, which Swift cannot prove safe; the scheduler never writes it.
  @preconcurrency internal import Glibc
#elseif canImport(Darwin)
  @preconcurrency internal import Darwin
#endif

/// A process that waits at its gate.
struct GatedProcess {
  var pid: Int32
  /// Tells it from another that is given the same pid later; nil where the system does not say.
  var stamp: String?
  fileprivate var gate: Int32

  /// Lets the command run.
  func open() {
    var go = UInt8(ascii: "\n")
    // When the process is gone already its end tells why; SIGPIPE is ignored.
    _ = write(gate, &go, 1)
    close(gate)
  }

  /// Lets the process go away without having run the command.
  func abandon() { close(gate) }
}

/// How a process ended.
enum ProcessEnd: Equatable {
  case exited(Int32)
  case signalled(Int32)

  /// The status as shells have it: 128 and the signal where one ended it.
  var status: Int32 {
    switch self {
    case .exited(let status): status
    case .signalled(let signal): 128 + signal
    }
  }

  /// In words.
  var words: String {
    switch self {
    case .exited(let status): "status \(status)"
    case .signalled(let signal): "signal \(signal)"
    }
  }
}

/// The system's calls.
enum Processes {
  /// `$0` reads a line from descriptor 3, or leaves; the command then runs in its place, without that descriptor.
  private static let gateScript = #"read -r go <&3 || exit 125; exec 3<&-; exec /bin/sh -c "$1""#

  /// Makes a process for a command, in a process group of its own, behind its gate.
  /// - Parameters:
  ///   - command: for `/bin/sh -c`.
  ///   - variables: added to the scheduler's own environment.
  ///   - log: a file that output and errors are added to; nil to throw them away.
  static func start(_ command: String, variables: [String: String], log: String?) throws(SystemError) -> GatedProcess {
    var ends: [Int32] = [-1, -1]
    // No other thread makes processes, so none can take the ends along before they are marked.
    guard pipe(&ends) == 0 else { throw SystemError("make a pipe") }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    defer { close(ends[0]) }
    let arguments = ["sh", "-c", gateScript, "sh", command]
    let own = ownEnvironment().filter { variables[String($0.prefix { $0 != "=" })] == nil }
    let environment = own + variables.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
    do {
      let pid = try spawn("/bin/sh", arguments, environment, gate: ends[0], log: log ?? "/dev/null")
      return GatedProcess(pid: pid, stamp: stamp(of: pid), gate: ends[1])
    } catch {
      close(ends[1])
      throw error
    }
  }

  private static func spawn(
    _ program: String, _ arguments: [String], _ environment: [String], gate: Int32, log: String
  ) throws(SystemError) -> Int32 {
    #if canImport(Darwin)
      var actions: posix_spawn_file_actions_t?
      var attributes: posix_spawnattr_t?
    #else
      var actions = posix_spawn_file_actions_t()
      var attributes = posix_spawnattr_t()
    #endif
    try SystemError.check(posix_spawn_file_actions_init(&actions), "prepare a process")
    defer { posix_spawn_file_actions_destroy(&actions) }
    try SystemError.check(posix_spawnattr_init(&attributes), "prepare a process")
    defer { posix_spawnattr_destroy(&attributes) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 1, log, O_WRONLY | O_CREAT | O_APPEND, 0o600)
    posix_spawn_file_actions_adddup2(&actions, 1, 2)
    posix_spawn_file_actions_adddup2(&actions, gate, 3)
    for file in inheritable() where file > 3 { posix_spawn_file_actions_addclose(&actions, file) }
    // What the scheduler ignores or blocks must not reach the command.
    var signals = sigset_t()
    sigemptyset(&signals)
    posix_spawnattr_setsigmask(&attributes, &signals)
    for signal in [SIGTERM, SIGINT, SIGHUP, SIGPIPE, SIGQUIT, SIGXFSZ] { sigaddset(&signals, signal) }
    posix_spawnattr_setsigdefault(&attributes, &signals)
    posix_spawnattr_setpgroup(&attributes, 0)
    posix_spawnattr_setflags(
      &attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK))
    var pid: pid_t = 0
    let argv: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
    let envp: [UnsafeMutablePointer<CChar>?] = environment.map { strdup($0) } + [nil]
    defer { for pointer in argv + envp { free(pointer) } }
    try SystemError.check(posix_spawn(&pid, program, &actions, &attributes, argv, envp), "start \(program)")
    return pid
  }

  /// The open files that a new process would be given: those that whoever started the scheduler left open. A task that
  /// outlives the scheduler would keep them open, and somebody may wait for their end.
  private static func inheritable() -> [Int32] {
    guard let folder = opendir("/dev/fd") else { return [] }
    defer { closedir(folder) }
    var found: [Int32] = []
    while let entry = readdir(folder) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      guard let file = Int32(name) else { continue }
      let flags = fcntl(file, F_GETFD)
      if flags >= 0, flags & FD_CLOEXEC == 0 { found.append(file) }
    }
    return found
  }

  private static func ownEnvironment() -> [String] {
    var entries: [String] = []
    var next = environ
    while let entry = next.pointee {
      entries.append(String(cString: entry))
      next += 1
    }
    return entries
  }

  /// How a child of this process ended; nil while it runs. What it left running in its group is ended with it.
  static func end(of child: Int32) -> ProcessEnd? {
    var info = siginfo_t()
    let result = retrying { waitid(P_PID, id_t(child), &info, WEXITED | WNOHANG | WNOWAIT) }
    // Not reaped yet, so the group's number can be nobody else's.
    guard result == 0, info.si_signo == SIGCHLD else { return nil }
    kill(-child, SIGKILL)
    var status: Int32 = 0
    guard retrying({ waitpid(child, &status, 0) }) == child else { return nil }
    let signal = status & 0x7f
    return signal == 0 ? .exited((status >> 8) & 0xff) : .signalled(signal)
  }

  /// Sends a signal to a process and all of its group.
  static func send(_ signal: Int32, to pid: Int32) {
    // Gone already is what was wanted.
    kill(-pid, signal)
  }

  /// What tells a process from another of the same pid: the moment it was made. Nil when there is none, or only what is
  /// left of one until its parent asks for it.
  static func stamp(of pid: Int32) -> String? {
    #if os(Linux)
      guard let stat = contents("/proc/\(pid)/stat"), let bracket = stat.lastIndex(of: ")") else { return nil }
      // Behind the name in brackets: the state is the first field, the start in clock ticks since boot the twentieth.
      let fields = stat[stat.index(after: bracket)...].split(separator: " ")
      guard fields.count > 19, fields[0] != "Z", fields[0] != "X" else { return nil }
      return "\(fields[19])@\(contents("/proc/sys/kernel/random/boot_id")?.prefix(36) ?? "")"
    #else
      var info = proc_bsdinfo()
      let size = Int32(MemoryLayout<proc_bsdinfo>.size)
      guard proc_pidinfo(pid, PROC_PIDTBSDINFO, 0, &info, size) == size, info.pbi_status != SZOMB else { return nil }
      return "\(info.pbi_start_tvsec).\(info.pbi_start_tvusec)"
    #endif
  }

  /// The name of this machine.
  static var hostName: String {
    var bytes = [CChar](repeating: 0, count: 256)
    guard gethostname(&bytes, bytes.count - 1) == 0 else { return "localhost" }
    return String(decoding: bytes.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// How many cores and how much memory, in MiB, this machine has.
  static var resources: (cores: Int, ramMB: Int) {
    let pages = sysconf(Int32(_SC_PHYS_PAGES))
    let size = sysconf(Int32(_SC_PAGESIZE))
    return (max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))), max(0, pages) / (1_048_576 / max(1, min(size, 1_048_576))))
  }

  /// This process.
  static var own: Int32 { getpid() }

  /// A small file of the kernel's.
  private static func contents(_ path: String) -> String? {
    let file = retrying { open(path, O_RDONLY | O_CLOEXEC) }
    guard file >= 0 else { return nil }
    defer { close(file) }
    var bytes = [UInt8](repeating: 0, count: 4_096)
    let count = read(file, &bytes, bytes.count)
    return count > 0 ? String(decoding: bytes.prefix(count), as: UTF8.self) : nil
  }
}

private func retrying(_ call: () -> Int32) -> Int32 {
  while true {
    let result = call()
    if result != -1 || errno != EINTR { return result }
  }
}

/// A call of the system that failed.
struct SystemError: Error, CustomStringConvertible {
  var description: String

  init(_ operation: String, number: Int32 = errno) {
    description = "cannot \(operation): \(String(cString: strerror(number)))"
  }

  static func check(_ result: Int32, _ operation: String) throws(SystemError) {
    if result != 0 { throw SystemError(operation, number: result) }
  }
}
