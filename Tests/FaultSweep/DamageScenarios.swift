// The scenarios in which something is wrong before the work begins: a database that cannot be opened, and an exchange that
// was interrupted, whose mending is interrupted again.
import Foundation
import Synchronization
import TestFiles
import Tidemark

extension Scenario {
  /// Restores over a database that cannot be opened, with a WAL: by hand, and at a start that may.
  static func damaged(_ mode: String) -> [Scenario] {
    let lay: @Sendable (Bench) throws -> Void = { bench in
      try source(bench, early, mode)
      try damage(bench)
    }
    var restore = restoring("restore-damaged-\(mode)", lay)
    restore.look = lookThroughDamage
    restore.start = startThroughDamage
    restore.keepsSides = true
    restore.check = { bench, found, _ in try checkDamagedIsKept(bench, found) }
    var start = restore
    start.name = "start-damaged-\(mode)"
    start.make = { bench in
      try Self.lay(bench, early, mode, says: "snapshot")
      try bench.managed(early, store: bench.store).snapshot()
      for suffix in ["", "-tidemark.lock"] { try LocalFiles().unlink(bench.database + suffix) }
      try damage(bench)
    }
    start.attempt = { try $0.start(late, onDamage: .restore) }
    // It also takes its lock anew when the database is in place.
    start.isGradual = true
    return [restore, start]
  }

  /// Rubbish where the database was, and a WAL beside it.
  static func damage(_ bench: Bench) throws {
    for (suffix, byte) in [("", UInt8(7)), ("-wal", 9)] {
      unlink(bench.database + suffix)
      let descriptor = try LocalFiles().open(bench.database + suffix, .create(mode: 0o644))
      defer { LocalFiles().close(descriptor) }
      try [UInt8](repeating: byte, count: 5000).withUnsafeBytes { try LocalFiles().write(descriptor, $0, at: 0) }
    }
  }

  private static let lookThroughDamage: @Sendable (Bench) throws -> String = { bench in
    try isDamage(bench.database, 7) ? "damaged" : Look.database(bench.database)
  }

  static func isDamage(_ path: String, _ byte: UInt8) throws -> Bool {
    guard FileManager.default.fileExists(atPath: path) else { return false }
    return try LocalFiles().contents(of: path) == [UInt8](repeating: byte, count: 5000)
  }

  private static let startThroughDamage: @Sendable (Bench) throws -> Void = { bench in
    do { try bench.start(late) } catch ServiceError.damaged {}
  }

  /// The rubbish is somebody's data: it is here or there, whole, with its WAL.
  private static func checkDamagedIsKept(_ bench: Bench, _ found: Finding) throws {
    let places = [bench.database] + (try PreviousDatabases.list(bench.database)).map(\.path)
    let place = try places.first { try isDamage($0, 7) }
    guard let place, (place == bench.database) == (found == .old), try isDamage(place + "-wal", 9) else {
      throw Unsound("what could not be opened is not kept whole: \(try bench.names())")
    }
    let logs = try bench.names().filter { $0.hasSuffix("-wal") && $0 != "jobs.db-wal" }
    guard logs == (found == .old ? [] : [lastComponent(of: place) + "-wal"]) else {
      throw Unsound("a WAL has two names: \(try bench.names())")
    }
  }

  // MARK: mending

  /// Where an exchange stopped.
  enum Stop: String, CaseIterable {
    case noted, exchanged, renamed

    /// Whether it stops before this.
    func isBefore(_ operation: String, _ path: String?) -> Bool {
      switch self {
      case .noted: operation == "exchange" || operation == "rename"
      case .exchanged: operation == "renameNew" && path?.contains(".tidemark-restore-") == true
      case .renamed: operation == "unlink" && path?.hasSuffix(".tidemark-swap") == true
      }
    }
  }

  /// The next start after an exchange that stopped, itself interrupted.
  static func mendings(_ mode: String) -> [Scenario] {
    Stop.allCases.flatMap { [mending($0, mode, ofDamaged: false), mending($0, mode, ofDamaged: true)] }
  }

  static func mending(
    _ stop: Stop, _ mode: String, ofDamaged isDamaged: Bool, cannotExchange: Bool = false
  ) -> Scenario {
    var scenario = Scenario(
      name: "mend-\(stop)-\(isDamaged ? "damaged-" : "")\(mode)\(cannotExchange ? "-renaming" : "")",
      make: { bench in
        try source(bench, late, mode)
        if isDamaged { try damage(bench) } else { try lay(bench, late, mode) }
      },
      attempt: { bench in
        _ = try Swap(files: bench.files).recover(target: bench.database)
        _ = try RestoreFile.clearLeftovers(beside: bench.database, files: bench.files)
      },
      start: startThroughDamage,
      look: { bench in
        let isNoted = FileManager.default.fileExists(atPath: bench.database + ".tidemark-swap")
        return try (isNoted ? "noted\n" : "mended\n") + lookThroughDamage(bench)
      })
    // The note tells files by what they are, so it has to be written in the very folder.
    scenario.prepare = { bench in
      let prepared = bench.root + "/jobs.db.tidemark-restore-00112233445566ff"
      try Unpacker().unpack(bench.root + "/source.sqlite.lz4", to: prepared)
      let files = StoppingFiles { stop.isBefore($0, $1) }
      let swap = cannotExchange ? Swap(files: RenamingFiles(files)) : Swap(files: files)
      _ = try? swap.replace(target: bench.database, with: prepared)
      guard files.isStopped, FileManager.default.fileExists(atPath: bench.database + ".tidemark-swap") else {
        throw Unsound("the exchange did not stop")
      }
    }
    scenario.isGradual = true
    scenario.cannotExchange = cannotExchange
    scenario.keepsSides = isDamaged
    scenario.check = { bench, _, _ in
      let isOld = stop == .noted
      if isDamaged { return try checkDamagedIsKept(bench, isOld ? .old : .new) }
      let previous = try PreviousDatabases.list(bench.database)
      guard previous.count == (isOld ? 0 : 1),
        try previous.allSatisfy({ try Look.database($0.path).contains("job 1") })
      else { throw Unsound("the displaced database is not kept: \(try bench.names())") }
    }
    return scenario
  }
}

/// The machine's files until the process is killed: then nothing it still tries does anything.
private struct StoppingFiles: ForwardingFiles {
  let base = LocalFiles()
  private let stops: @Sendable (String, String?) -> Bool
  private let state = Stopped()

  private final class Stopped: Sendable {
    let flag = Mutex(false)
  }

  init(before stops: @escaping @Sendable (String, String?) -> Bool) { self.stops = stops }

  var isStopped: Bool { state.flag.withLock { $0 } }

  func forward<T>(_ operation: String, _ path: String?, _ body: () throws -> T) throws -> T {
    let isStopped = state.flag.withLock { flag in
      if stops(operation, path) { flag = true }
      return flag
    }
    if isStopped { throw Killed() }
    return try body()
  }
}

private struct Killed: Error {}
