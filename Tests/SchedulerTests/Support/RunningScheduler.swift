// The built `scheduler` as a process of its own. Tests wait for the lines it prints: a reader takes them from the pipe as
// they come, and whoever waits is woken by them.
import Foundation
import Synchronization
import Testing

/// What a program printed and how it ended.
struct Ended {
  var status: Int32
  var output: String
  var errors: String
}

/// A `scheduler run` under test.
final class RunningScheduler: Sendable {
  private struct Seen {
    var lines: [String] = []
    var isClosed = false
    var exit: Int32?
    var waitingForExit: [CheckedContinuation<Int32, Never>] = []
    var waiting: [(matches: @Sendable (String) -> Bool, resume: CheckedContinuation<String?, Never>)] = []
  }

  private let process: Process
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
  init(_ scratch: Scratch, _ options: [String] = []) throws {
    process = Process()
    errors = scratch.path("errors-\(UUID().uuidString)")
    _ = FileManager.default.createFile(atPath: errors, contents: nil)
    process.executableURL = URL(filePath: try Self.program)
    process.arguments = ["run", "--database", scratch.database, "--store", scratch.store.folder] + options
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = try FileHandle(forWritingTo: URL(filePath: errors))
    let seen = seen
    process.terminationHandler = { process in
      let status = process.terminationStatus
      let exit = process.terminationReason == .exit ? status : -status
      let waiting = seen.state.withLock { state in
        state.exit = exit
        defer { state.waitingForExit = [] }
        return state.waitingForExit
      }
      for waiter in waiting { waiter.resume(returning: exit) }
    }
    try process.run()
    let reader = pipe.fileHandleForReading
    Thread.detachNewThread {
      var rest = Data()
      while true {
        let data = reader.availableData
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
  }

  deinit { if process.isRunning { kill(process.processIdentifier, SIGKILL) } }

  private static func note(_ line: String, _ seen: SeenBox) {
    let woken = seen.state.withLock { state in
      state.lines.append(line)
      let woken = state.waiting.filter { $0.matches(line) }
      state.waiting.removeAll { $0.matches(line) }
      return woken
    }
    for waiter in woken { waiter.resume.resume(returning: line) }
  }

  var pid: Int32 { process.processIdentifier }
  var lines: [String] { seen.state.withLock { $0.lines } }

  /// The first line, printed or yet to come, that holds a text; the program's end, or half a minute, ends the wait.
  @discardableResult
  func line(with text: String) async throws -> String {
    let deadline = Task {
      try await Task.sleep(for: .seconds(30))
      kill(pid, SIGKILL)
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
  func send(_ signal: Int32) { kill(pid, signal) }

  /// Waits for its end, at most half a minute; gives the exit status, or the signal below zero.
  func end() async -> Int32 {
    let deadline = Task {
      try await Task.sleep(for: .seconds(30))
      kill(pid, SIGKILL)
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
  let process = Process()
  process.executableURL = URL(filePath: try RunningScheduler.program)
  process.arguments = [verb, "--database", scratch.database] + words
  let errors = scratch.path("verb-errors-\(UUID().uuidString)")
  _ = FileManager.default.createFile(atPath: errors, contents: nil)
  let output = Pipe()
  process.standardOutput = output
  process.standardError = try FileHandle(forWritingTo: URL(filePath: errors))
  try process.run()
  let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
  process.waitUntilExit()
  return Ended(
    status: process.terminationStatus, output: text, errors: try String(contentsOfFile: errors, encoding: .utf8))
}
