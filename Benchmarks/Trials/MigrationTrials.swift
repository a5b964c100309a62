// A thousand migrations, applied and found applied, and the rebuild of a large table.
import Tidemark

enum MigrationTrials {
  static var all: [Trial] { [start, apply, rebuild] }

  private static let start = Trial(
    rows: [
      Row(
        name: "start", work: "start with 1,000 migrations, nothing to do", against: "opening and reading one row",
        limit: 2, measured: "start", peer: "open", reading: done)
    ],
    contenders: { bench in
      let database = bench.path("thousand.db")
      try Paths.removeDatabase(database)
      try ManagedDatabase(database, lineage: ThousandMigrations.lineage()).migrate()
      let connection = try Connection(path: database, mode: .readWrite)
      try connection.run("INSERT INTO thing_500(id, state, created_at) VALUES(1, 'new', 0)")
      try connection.close()
      return [
        Contender(name: "start", runs: 10, run: { try bench.operation("start", database) }),
        Contender(name: "open", runs: 10, run: { try bench.operation("open", database) }),
      ]
    })

  /// The time that the operation itself took, without its process.
  private static let done: @Sendable (Samples, String) -> Double? = { samples, name in
    samples.median(name) { $0.facts["done"] }
  }

  private static let apply = Trial(
    rows: [
      Row(
        name: "apply", work: "apply 1,000 migrations, a table and an index each",
        against: "the same SQL by sqlite3 in one transaction", limit: 1.5, measured: "apply", peer: "sqlite3")
    ],
    contenders: { bench in
      let database = bench.path("applied.db")
      let script = bench.path("thousand.sql")
      try Text.write(ThousandMigrations.script, to: script)
      let program = try bench.needed("sqlite3")
      return [
        Contender(
          name: "apply", runs: 3, prepare: { try Paths.removeDatabase(database) },
          run: { try bench.operation("apply", database) }),
        Contender(
          name: "sqlite3", runs: 3, prepare: { try Paths.removeDatabase(database) },
          run: { try bench.run([program, "-batch", "-bail", database], input: script) }),
      ]
    })

  private static let rebuild = Trial(
    rows: [
      Row(
        name: "rebuild", work: "rebuild a table of 1 M rows", against: "the same steps by hand in SQL", limit: 1.2,
        measured: "rebuild", peer: "by hand")
    ],
    contenders: { bench in
      let template = bench.kept("records-template.db")
      if try !Paths.exists(template) {
        let part = bench.kept("records-part.db")
        try Rebuild.make(at: part)
        try LocalFiles().rename(part, to: template)
      }
      let database = bench.path("records.db")
      let script = bench.path("rebuild.sql")
      try Text.write(Rebuild.script, to: script)
      let program = try bench.needed("sqlite3")
      func prepare() throws {
        try Paths.removeDatabase(database)
        try bench.shell(#"cp "$1" "$2" && sync "$2""#, template, database)
      }
      return [
        Contender(name: "rebuild", prepare: prepare, run: { try bench.operation("rebuild", database) }),
        Contender(
          name: "by hand", prepare: prepare,
          run: { try bench.run([program, "-batch", "-bail", database], input: script) }),
      ]
    })
}
