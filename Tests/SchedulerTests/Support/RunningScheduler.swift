// The built `scheduler` as a process of its own. Tests wait for the lines it prints: a reader takes them from the pipe as
// they come, and whoever waits is woken by them.
import Foundation
import Synchronization
import TestProcesses
import Testing

/// A `scheduler run` under test.
final class RunningScheduler: Sendable {
  private struct Seen {
    var lines: [String] = []
    var isClosed = false
    var exit: Int32?
    var waitingForExit: [CheckedContinuation<Int32, Never>] = []
    var waiting: [(matches: @Sendable (String) -> Bool, resume: CheckedContinuation<String?, Never>)] = []
  }

  private let program: RunningProgram
  private let seen = SeenBox()
  private let errors: String

  /// Guards what the reader has seen.
  private final class SeenBox: Sendable {
    let state = Mutex(Seen())
  }

  /// The program, built beside the tests.
  static var program: String {
    get throws {
      let bundles = Bundle.allBundles.filter { $0.bundlePath.hasSuffix(".xctest") } + [.main]
      let folders = bundles.flatMap { [$0.bundleURL, $0.bundleURL.deletingLastPathComponent()] }
      return try #require(
        folders.map { $0.appending(path: "scheduler").path }.first { FileManager.default.isExecutableFile(atPath: $0) })
    }
  }

  /// Starts one on a database.
  /// - Parameter ignored: signals that it is started with ignoring, by name, with commas between; nil for none.
  init(_ scratch: Scratch, _ options: [String] = [], ignoring ignored: String? = nil) throws {
    errors = scratch.path("errors-\(UUID().uuidString)")
    var words = [try Self.program, "run", "--database", scratch.database, "--store", scratch.store.folder] + options
    if let ignored { words = ["/usr/bin/env", "--ignore-signal=\(ignored)"] + words }
    let program = try RunningProgram(words[0], Array(words.dropFirst()), errors: errors)
    self.program = program
    let seen = seen
    Thread.detachNewThread {
      var rest = Data()
      while true {
        let data = program.listen()
        rest += data
        while let end = rest.firstIndex(of: 10) {
          Self.note(String(decoding: rest[rest.startIndex..<end], as: UTF8.self), seen)
          rest = Data(rest[(end + 1)...])
        }
        if data.isEmpty { break }
      }
      let waiting = seen.state.withLock { state in
        state.isClosed = true
        defer { state.waiting = [] }
        return state.waiting
      }
      for waiter in waiting { waiter.resume.resume(returning: nil) }
    }
    Thread.detachNewThread {
      // The program was started, so it has an end to be told.
      guard let exit = try? program.end() else { return }
      let waiting = seen.state.withLock { state in
        state.exit = exit
        defer { state.waitingForExit = [] }
        return state.waitingForExit
      }
      for waiter in waiting { waiter.resume(returning: exit) }
    }
  }

  deinit { program.send(SIGKILL) }

  private static func note(_ line: String, _ seen: SeenBox) {
    let woken = seen.state.withLock { state in
      state.lines.append(line)
      let woken = state.waiting.filter { $0.matches(line) }
      state.waiting.removeAll { $0.matches(line) }
      return woken
    }
    for waiter in woken { waiter.resume.resume(returning: line) }
  }

  var pid: Int32 { program.pid }
  var lines: [String] { seen.state.withLock { $0.lines } }

  /// The first line, printed or yet to come, that holds a text; the program's end, or half a minute, ends the wait.
  @discardableResult
  func line(with text: String) async throws -> String {
    let deadline = Task {
      try await Task.sleep(for: .seconds(30))
      program.send(SIGKILL)
    }
    defer { deadline.cancel() }
    let found = await withCheckedContinuation { continuation in
      let known: String?? = seen.state.withLock { state in
        if let line = state.lines.first(where: { $0.contains(text) }) { return line }
        if state.isClosed { return .some(nil) }
        state.waiting.append(({ $0.contains(text) }, continuation))
        return nil
      }
      if let known { continuation.resume(returning: known) }
    }
    return try #require(found, "no line with '\(text)' came; there were \(lines), and \(complaints)")
  }

  /// What it said on standard error.
  var complaints: String { (try? String(contentsOfFile: errors, encoding: .utf8)) ?? "" }

  /// Sends a signal.
  func send(_ signal: Int32) { program.send(signal) }

  /// Waits for its end, at most half a minute; gives the exit status, or the signal below zero.
  func end() async -> Int32 {
    let deadline = Task {
      try await Task.sleep(for: .seconds(30))
      program.send(SIGKILL)
    }
    defer { deadline.cancel() }
    return await withCheckedContinuation { continuation in
      let exit: Int32? = seen.state.withLock { state in
        if state.exit == nil { state.waitingForExit.append(continuation) }
        return state.exit
      }
      if let exit { continuation.resume(returning: exit) }
    }
  }

  /// Asks for its end by SIGTERM, and waits for it.
  func stop() async -> Int32 {
    send(SIGTERM)
    return await end()
  }
}

/// Runs `scheduler VERB` on a database to its end.
@discardableResult
func scheduler(_ scratch: Scratch, _ verb: String, _ words: String...) throws -> Ended {
  try TestProcesses.run(try RunningScheduler.program, [verb, "--database", scratch.database] + words)
}
