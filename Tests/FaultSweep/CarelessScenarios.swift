// Programs that do it wrong, so that it shows that the sweep finds that.
import Foundation
import Tidemark

extension Scenario {
  /// Not part of a whole sweep.
  static let careless = [
    careless("unsynced") { bench, bytes in
      // Written aside and renamed, which looks right, without a sync.
      let files = bench.files
      let descriptor = try files.open(bench.root + "/jobs.db.aside", .create(mode: 0o644))
      defer { files.close(descriptor) }
      try files.truncate(descriptor, to: 0)
      try bytes.withUnsafeBytes { try files.write(descriptor, $0, at: 0) }
      try files.rename(bench.root + "/jobs.db.aside", to: bench.database)
    },
    careless("torn") { bench, bytes in
      // Written over the old one, and synced.
      let files = bench.files
      let descriptor = try files.open(bench.database, .readWrite)
      defer { files.close(descriptor) }
      try bytes.withUnsafeBytes { try files.write(descriptor, $0, at: 0) }
      try files.truncate(descriptor, to: Int64(bytes.count))
      try files.sync(descriptor)
    },
  ]

  private static func careless(
    _ name: String, _ replace: @escaping @Sendable (Bench, [UInt8]) throws -> Void
  ) -> Scenario {
    Scenario(
      name: "careless-\(name)",
      make: { bench in
        try lay(bench, late, "delete", says: "new")
        try FileManager.default.moveItem(atPath: bench.database, toPath: bench.root + "/source.sqlite.lz4")
        try lay(bench, late, "delete")
        try fill(bench, "more", 100)
      },
      attempt: { try replace($0, LocalFiles().contents(of: $0.root + "/source.sqlite.lz4")) },
      start: { _ in }, look: { try Look.database($0.database) })
  }
}
