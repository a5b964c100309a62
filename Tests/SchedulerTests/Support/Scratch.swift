// A folder that is removed with its test, and the repository's own files.
import Foundation
import Tidemark

/// A temporary folder.
final class Scratch: Sendable {
  let folder: String

  init() throws {
    folder = NSTemporaryDirectory() + "tidemark-scheduler-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  func path(_ name: String) -> String { folder + "/" + name }
  var database: String { path("scheduler.db") }
  var store: SnapshotStore { SnapshotStore(path("snapshots")) }

  /// One value out of the database.
  func value<T: Readable>(_ sql: String, as type: T.Type = T.self) throws -> T? {
    try Connection(path: database, mode: .readOnly).value(sql)
  }

  /// The schema and all rows, as text; without what Tidemark keeps for itself.
  func dump(_ path: String? = nil) throws -> String {
    try SchemaScript.write(from: Connection(path: path ?? database, mode: .readWrite), includeData: true)
  }
}

/// The repository, from where this file is.
enum Repository {
  static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  static func path(_ name: String) -> String { root.appending(path: name).path }
}
