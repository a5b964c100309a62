// A program that runs beside the test, told things and listened to.

public import Foundation
import Synchronization

/// A program under test, or one that gets in the way of what is tested. It is killed with the value.
public final class RunningProgram: Sendable {
  /// Its process id.
  public let pid: pid_t
  /// What it reads.
  private let input: FileHandle
  /// What it prints; standard error too, unless that has a file.
  private let output: FileHandle
  private let ended = Mutex<Int32?>(nil)

  /// Starts a program.
  /// - Parameters:
  ///   - program: a path, or a name to look for.
  ///   - errors: the file for standard error; nil to have it beside standard output.
  /// - Throws: why it could not be started.
  public init(_ program: String, _ arguments: [String] = [], errors: String? = nil, folder: String? = nil) throws {
    let (toIt, fromIt) = (try Launch.pipe(), try Launch.pipe())
    defer {
      close(toIt.read)
      close(fromIt.write)
    }
    input = FileHandle(fileDescriptor: toIt.write, closeOnDealloc: true)
    output = FileHandle(fileDescriptor: fromIt.read, closeOnDealloc: true)
    pid = try Launch(
      program, arguments, environment: nil, folder: folder,
      streams: [
        .descriptor(toIt.read), .descriptor(fromIt.write),
        errors.map(Launch.Stream.writing) ?? .descriptor(fromIt.write),
      ]
    ).start()
  }

  deinit {
    send(SIGKILL)
    _ = try? end()
  }

  /// Gives it something to read.
  public func tell(_ text: String) throws { try input.write(contentsOf: Data(text.utf8)) }

  /// Ends what it reads.
  public func endInput() throws { try input.close() }

  /// What it has printed since; waits for something, and is empty at its end.
  public func listen() -> Data { output.availableData }

  /// What it prints up to a text, that included.
  public func listen(until text: String) -> String {
    var seen = Data()
    while seen.range(of: Data(text.utf8)) == nil {
      let more = listen()
      if more.isEmpty { break }
      seen += more
    }
    return String(decoding: seen, as: UTF8.self)
  }

  /// All it prints until it ends, or closes its output.
  public func listenToTheEnd() -> String {
    var seen = Data()
    while true {
      let more = listen()
      if more.isEmpty { return String(decoding: seen, as: UTF8.self) }
      seen += more
    }
  }

  /// Sends a signal, unless it has ended.
  public func send(_ signal: Int32) {
    ended.withLock { if $0 == nil { _ = kill(pid, signal) } }
  }

  /// Waits for its end.
  /// - Returns: the exit status; the signal that ended it, below zero.
  @discardableResult
  public func end() throws -> Int32 {
    // Not waited for inside the lock, so that it can be killed meanwhile; its number stays taken until it is reaped.
    var info = siginfo_t()
    if ended.withLock({ $0 }) == nil {
      while waitid(P_PID, id_t(pid), &info, WEXITED | WNOWAIT) < 0, errno == EINTR {}
    }
    return try ended.withLock { status in
      if let status { return status }
      let new = try waitForEnd(of: pid)
      status = new
      return new
    }
  }
}
