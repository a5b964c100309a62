// Snapshots without restoring them: verify, plan, and a query in place.
import Tidemark

enum SnapshotTrials {
  static var all: [Trial] { [verify, plan, firstRow] }

  private static let verify = Trial(
    rows: [
      Row(name: "verify", work: "verify", against: "lz4 -t", limit: 0.20, measured: "verify", peer: "lz4 -t")
    ],
    contenders: { bench in
      let snapshot = try bench.snapshot()
      let packed = try bench.packed()
      let program = try bench.needed("lz4")
      return [
        Contender(name: "verify", run: { try bench.operation("verify", snapshot) }),
        Contender(name: "lz4 -t", run: { try bench.run([program, "-t", "-q", packed]) }),
      ]
    })

  private static let plan = Trial(
    rows: [
      Row(
        name: "plan", work: "plan a snapshot", against: "restoring it", limit: 0.02, measured: "plan", peer: "restore"),
      Row(
        name: "plan-read", work: "bytes read for that", against: "", limit: 1, unit: .mebibytes, measured: "plan",
        reading: { samples, name in samples.greatest(name) { $0.facts["read"].map { $0 / 1_048_576 } } },
        readingUnit: .mebibytes),
    ],
    contenders: { bench in
      let snapshot = try bench.snapshot()
      return [
        Contender(name: "plan", runs: 3, run: { try bench.operation("plan", snapshot) }),
        try RestoreTrials.restore(bench, "restore", target: "restored.db"),
      ]
    })

  private static let firstRow = Trial(
    rows: [
      Row(
        name: "first-row", work: "first row of a query on a snapshot in place", against: "", limit: 5,
        unit: .milliseconds, measured: "in place",
        reading: { samples, name in samples.median(name) { $0.facts["row"].map { $0 * 1_000 } } },
        readingUnit: .milliseconds,
        detail: { samples in
          samples.median("in place") { $0.facts["opened"].map { $0 * 1_000 } }.map {
            "after \(Figures.write($0, .milliseconds)) for opening it"
          }
        })
    ],
    contenders: { bench in
      let snapshot = try bench.snapshot()
      let sql = "SELECT task_events.* FROM tasks JOIN task_events ON task = tasks.id WHERE job = 17 ORDER BY at"
      return [Contender(name: "in place", runs: 10, run: { try bench.operation("first-row", snapshot, sql) })]
    })
}
