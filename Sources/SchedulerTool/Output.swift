// How results and failures are written: tables for people, JSON for programs.
import Scheduler
import Tidemark

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif
#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// One JSON object on standard output.
enum JSON {
  static func write(_ value: some Encodable) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    print(String(decoding: try encoder.encode(value), as: UTF8.self))
  }
}

/// Columns under each other. Control characters, which a command may hold, are shown as spaces.
func printTable(_ head: [String], _ rows: [[String]]) {
  let clean = rows.map { row in
    row.map { cell in String(cell.map { $0.isNewline || ($0.asciiValue ?? 32) < 32 ? " " : $0 }) }
  }
  let widths = head.indices.map { column in ([head] + clean).map { $0[column].count }.max() ?? 0 }
  for row in [head] + clean {
    let cells = row.enumerated().map { column, cell in
      column == row.count - 1 ? cell : cell + String(repeating: " ", count: widths[column] - cell.count)
    }
    print(cells.joined(separator: "  "))
  }
}

/// An error in words, with the exit status it means.
struct Failure {
  private let code: String
  private let message: String
  /// What is as it was before; nil where nothing was begun.
  private let untouched: String?
  private let hint: String?
  /// 1 failed, 2 refused for safety, 64 wrong usage.
  let status: Int32

  init(_ error: any Error) {
    let asItWas = "the database is as it was"
    switch error {
    case let error as UsageError:
      self.init("usage", error.message, nil, "See 'scheduler --help'.", 64)
    case let error as SchedulerError:
      self.init(error.code, error.message, "nothing was recorded", error.hint, error.isRefusal ? 2 : 1)
    case let error as ServiceError:
      let ways = ServiceError.Ways(
        restoreMissing: "--on-missing restore-newest", startAnew: "--on-missing create",
        restoreDamaged: "--on-damage restore", create: "scheduler run")
      self.init(error.code, error.message, error.untouched, error.hint(ways), error.isRefusal ? 2 : 1)
    case let error as MigrationError:
      self.init(error.code, error.message, error.untouched, error.hint, error.isRefusal ? 2 : 1)
    case let error as LockError:
      self.init("lock-\(error.code)", error.description, asItWas, error.hint, error.isRefusal ? 2 : 1)
    case let error as SnapshotError:
      self.init("snapshot-\(error.code)", error.description, asItWas, error.hint, error.isRefusal ? 2 : 1)
    case let error as SwapError:
      let kept = error.code == .unfinished ? "both databases are whole, under the names above" : asItWas
      self.init("swap-\(error.code.rawValue)", error.description, kept, error.hint, error.isRefusal ? 2 : 1)
    case let error as FileError:
      let hint =
        error.isFull ? "Free some room, or write to another disk." : "Check the path, and the rights of its folder."
      self.init("file-failed", "cannot \(error.operation) \(error.path): \(error.reason)", asItWas, hint, 1)
    case let error as SQLiteError:
      self.init(
        error.isUnfinished ? "sqlite-unfinished" : error.isDiskFull ? "sqlite-full" : "sqlite-error", error.description,
        error.untouched,
        error.code == SQLiteError.busy
          ? "Another program writes to the database: run it again when that is done." : nil, 1)
    default:
      self.init("failed", "\(error)", nil, nil, 1)
    }
  }

  private init(_ code: String, _ message: String, _ untouched: String?, _ hint: String?, _ status: Int32) {
    self.code = code
    self.message = message
    self.untouched = untouched
    self.hint = hint
    self.status = status
  }

  private struct Envelope: Encodable {
    struct Body: Encodable {
      var code: String
      var message: String
      var untouched: String?
      var hint: String?
    }
    var error: Body
  }

  /// Writes it: on standard error, and as JSON on standard output where that was asked for.
  func show(asJSON: Bool) {
    if asJSON {
      do {
        return try JSON.write(
          Envelope(error: .init(code: code, message: message, untouched: untouched, hint: hint)))
      } catch {
        // Text that cannot be JSON: then as for people.
      }
    }
    let lines = [(status == 2 ? "refused" : "error", message), ("untouched", untouched), ("next", hint)]
    let text = lines.reduce(into: "") { text, line in
      if let words = line.1 { text += "\(line.0): \(words)\n" }
    }
    // Past `stderr`, which Swift cannot know to be safe; when this cannot be written either, the status still tells.
    _ = text.utf8.withContiguousStorageIfAvailable { write(2, $0.baseAddress, $0.count) }
  }
}
