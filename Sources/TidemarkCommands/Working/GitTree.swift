// Asks git by running it, and whether a working tree is clean: the one place that starts another program.

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif
#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The git working tree that a folder is part of.
enum GitTree {
  /// How it stands.
  enum State: Sendable, Hashable {
    case clean
    /// Changed, staged or untracked paths, as git words them.
    case dirty([String])
    /// There is no git, or no repository.
    case unknown(String)
  }

  /// How the tree of a folder stands.
  static func state(of folder: String) -> State {
    let (status, output) = run(["git", "-C", folder, "status", "--porcelain", "--untracked-files=normal"])
    guard status == 0 else {
      return .unknown(status == 128 ? "\(folder) is in no git repository" : "git could not be asked (\(status))")
    }
    let lines = output.split(separator: "\n").map(String.init)
    return lines.isEmpty ? .clean : .dirty(lines)
  }

  /// Runs a program to its end; its exit status, and what it wrote on standard output. Its complaints are dropped.
  static func run(_ arguments: [String]) -> (status: Int32, output: String) {
    var ends: [Int32] = [0, 0]
    guard pipe(&ends) == 0 else { return (-errno, "") }
    defer { close(ends[0]) }
    // posix_spawn takes ownership of nothing: the copies are freed when it has returned.
    let words = arguments.map { strdup($0) }
    let variables = ProcessInfo.processInfo.environment.map { strdup("\($0.key)=\($0.value)") }
    defer { (words + variables).forEach { free($0) } }
    #if canImport(Darwin)
      var actions: posix_spawn_file_actions_t?
    #else
      var actions = posix_spawn_file_actions_t()
    #endif
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
    posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addclose(&actions, ends[0])
    posix_spawn_file_actions_addclose(&actions, ends[1])
    var child: pid_t = 0
    let failure = posix_spawnp(&child, arguments[0], &actions, nil, words + [nil], variables + [nil])
    close(ends[1])
    guard failure == 0 else { return (-failure, "") }
    let output = readAll(ends[0])
    var status: Int32 = 0
    while waitpid(child, &status, 0) < 0 {
      if errno != EINTR { return (-errno, output) }
    }
    // The exit status is the second byte where no signal ended it.
    return (status & 0x7F == 0 ? (status >> 8) & 0xFF : -(status & 0x7F), output)
  }

  private static func readAll(_ descriptor: Int32) -> String {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = read(descriptor, &buffer, buffer.count)
      if count > 0 {
        bytes += buffer[..<count]
      } else if count == 0 || errno != EINTR {
        return String(decoding: bytes, as: UTF8.self)
      }
    }
  }
}
