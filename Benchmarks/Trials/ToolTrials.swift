// The tool as a whole process.
import Tidemark

enum ToolTrials {
  static var all: [Trial] { [status] }

  private static let status = Trial(
    rows: [
      Row(
        name: "status", work: "tidemark status, whole process", against: "sqlite3 DB 'select 1'", limit: 3,
        measured: "status", peer: "sqlite3")
    ],
    contenders: { bench in
      let sqlite = try bench.needed("sqlite3")
      guard let tidemark = bench.tidemark else {
        return [.missing("status", because: "there is no tidemark program; Scripts/benchmark builds it")]
      }
      let database = bench.path("status.db")
      try Paths.removeDatabase(database)
      try bench.run([tidemark, "migrate", "--database", database, "--create", "--quiet"])
      return [
        Contender(name: "status", runs: 20, run: { try bench.run([tidemark, "status", "--database", database]) }),
        Contender(name: "sqlite3", runs: 20, run: { try bench.run([sqlite, database, "select 1"]) }),
      ]
    })
}
