// A service that writes: 200 commits a second, each one timed.
import Tidemark

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Commits at a steady pace until it is told to stop, then tells how long each commit took.
struct Writer {
  var database: String
  /// Where the files are that it and those who started it speak by.
  var folder: String
  /// SQLite's setting of that name.
  var synchronous: String

  static let perSecond: Int64 = 200

  /// There once it writes at its pace.
  static func ready(_ folder: String) -> String { join(folder, "writer-ready") }
  /// Made by whoever wants it to stop.
  static func stop(_ folder: String) -> String { join(folder, "writer-stop") }
  /// The times: a line a commit, its start and its length in nanoseconds of the clock that all processes share.
  static func times(_ folder: String) -> String { join(folder, "writer-times") }

  func run() throws {
    let connection = try Connection(path: database, mode: .readWrite)
    try connection.waitForLocks(milliseconds: 10_000)
    try connection.execute("PRAGMA synchronous = \(synchronous)")
    let update = try connection.prepare("UPDATE heartbeats SET at = at + 1, payload = ? WHERE id = 1")
    let payload = String(repeating: "x", count: 500)
    var times: [(Int64, Int64)] = []
    let pause = 1_000_000_000 / Self.perSecond
    var due = Clock.nanoseconds()
    // Nobody waits for longer than two minutes, also when whoever started this has died.
    while try times.count < 120 * Self.perSecond && !Paths.exists(Self.stop(folder)) {
      due += pause
      Clock.sleep(until: due)
      let start = Clock.nanoseconds()
      try update.run(payload)
      times.append((start, Clock.nanoseconds() - start))
      if times.count == Self.perSecond / 4 { try Text.write("", to: Self.ready(folder)) }
    }
    update.finalize()
    try connection.close()
    try Text.write(times.map { "\($0.0) \($0.1)\n" }.joined(), to: Self.times(folder))
  }
}

/// The clock that only moves forward and that all processes share.
enum Clock {
  static func nanoseconds() -> Int64 {
    var now = timespec()
    clock_gettime(CLOCK_MONOTONIC, &now)
    return Int64(now.tv_sec) * 1_000_000_000 + Int64(now.tv_nsec)
  }

  static func sleep(until due: Int64) {
    let left = due - nanoseconds()
    if left > 0 {
      var pause = timespec(tv_sec: Int(left / 1_000_000_000), tv_nsec: Int(left % 1_000_000_000))
      nanosleep(&pause, nil)
    }
  }
}
