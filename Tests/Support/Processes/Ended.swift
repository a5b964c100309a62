// How a program ended, and running one to its end.

import Foundation

/// What a program printed and how it ended.
public struct Ended: Sendable {
  /// The exit status; the signal that ended it, below zero.
  public var status: Int32
  /// What it wrote to standard output.
  public var output: String
  /// What it wrote to standard error.
  public var errors: String
}

/// Runs a program to its end. What it prints goes to files, so it never waits for a reader.
/// - Parameters:
///   - program: a path, or a name to look for.
///   - input: what it reads; nil for nothing.
///   - environment: all of it; nil for this process's own.
///   - folder: where it runs; nil for this process's own.
/// - Throws: why it could not be started.
@discardableResult
public func run(
  _ program: String, _ arguments: [String] = [], input: String? = nil, environment: [String: String]? = nil,
  folder: String? = nil
) throws -> Ended {
  let base = FileManager.default.temporaryDirectory.appending(path: "process-" + UUID().uuidString).path
  defer { for ending in [".in", ".out", ".err"] { unlink(base + ending) } }
  if let input { try Data(input.utf8).write(to: URL(filePath: base + ".in")) }
  let pid = try Launch(
    program, arguments, environment: environment, folder: folder,
    streams: [
      .reading(input == nil ? "/dev/null" : base + ".in"), .writing(base + ".out"), .writing(base + ".err"),
    ]
  ).start()
  let status = try waitForEnd(of: pid)
  func text(_ ending: String) throws -> String {
    String(decoding: try Data(contentsOf: URL(filePath: base + ending)), as: UTF8.self)
  }
  return Ended(status: status, output: try text(".out"), errors: try text(".err"))
}

/// Waits for a child's end.
func waitForEnd(of pid: pid_t) throws -> Int32 {
  var info = siginfo_t()
  while waitid(P_PID, id_t(pid), &info, WEXITED | WNOWAIT) < 0, errno == EINTR {}
  Orphans.own?.remove(pid)
  var status: Int32 = 0
  while waitpid(pid, &status, 0) < 0 {
    guard errno == EINTR else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
  }
  return status & 0x7f == 0 ? status >> 8 & 0xff : -(status & 0x7f)
}
