// Starts a program as a shell would: no signal blocked or ignored, whatever the thread at hand has, and with no pipe but
// its own. Tests run side by side; a pipe's end that another test's program had taken along would keep its reader waiting
// for as long as that program runs.

import Foundation
import Synchronization

/// A program about to be started.
struct Launch {
  /// Where a standard stream comes from or goes to.
  enum Stream {
    case reading(String)
    case writing(String)
    case descriptor(Int32)
  }

  /// Held while a program is started and while a pipe is made that is not yet marked as this process's own.
  private static let one = Mutex<Void>(())

  private let words: [String]
  private let environment: [String: String]
  private let streams: [Stream]

  init(
    _ program: String, _ arguments: [String], environment: [String: String]?, folder: String?, streams: [Stream]
  ) {
    words = (folder.map { ["/usr/bin/env", "-C", $0] } ?? []) + [program] + arguments
    self.environment = environment ?? ProcessInfo.processInfo.environment
    self.streams = streams
  }

  /// A pipe that no other program takes along.
  static func pipe() throws -> (read: Int32, write: Int32) {
    var ends: [Int32] = [0, 0]
    try one.withLock { _ in
      guard Foundation.pipe(&ends) == 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
      for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    }
    return (ends[0], ends[1])
  }

  /// Starts it, as one that ends when this process is killed.
  /// - Returns: its process id.
  func start() throws -> pid_t {
    let pid = try spawn()
    Orphans.own?.add(pid)
    return pid
  }

  /// Starts it in a process group of its own.
  /// - Returns: its process id.
  func spawn() throws -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    for (number, stream) in zip(Int32(0)..., streams) {
      switch stream {
      case .reading(let path): posix_spawn_file_actions_addopen(&actions, number, path, O_RDONLY, 0)
      case .writing(let path):
        posix_spawn_file_actions_addopen(&actions, number, path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
      case .descriptor(let descriptor): posix_spawn_file_actions_adddup2(&actions, descriptor, number)
      }
    }
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var signals = sigset_t()
    sigemptyset(&signals)
    posix_spawnattr_setsigmask(&attributes, &signals)
    for signal in [SIGPIPE, SIGCHLD, SIGTERM, SIGINT, SIGHUP] { sigaddset(&signals, signal) }
    posix_spawnattr_setsigdefault(&attributes, &signals)
    posix_spawnattr_setpgroup(&attributes, 0)
    posix_spawnattr_setflags(
      &attributes, Int16(POSIX_SPAWN_SETSIGMASK) | Int16(POSIX_SPAWN_SETSIGDEF) | Int16(POSIX_SPAWN_SETPGROUP))
    let arguments: [UnsafeMutablePointer<CChar>?] = words.map { (text: String) in strdup(text) } + [nil]
    let variables: [UnsafeMutablePointer<CChar>?] =
      environment.map { (name: String, value: String) in strdup("\(name)=\(value)") } + [nil]
    defer { for text in arguments + variables { free(text) } }
    var pid: pid_t = 0
    let failure = Self.one.withLock { _ in
      posix_spawnp(&pid, words[0], &actions, &attributes, arguments, variables)
    }
    guard failure == 0 else { throw POSIXError(POSIXErrorCode(rawValue: failure) ?? .EIO) }
    return pid
  }
}
