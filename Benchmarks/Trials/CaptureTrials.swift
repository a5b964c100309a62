// Capture against SQLite's backup, beside a writer, and in memory.
import Tidemark

enum CaptureTrials {
  static var all: [Trial] { [full, increment, busy("full"), busy("normal"), memory] }

  private static let full = Trial(
    rows: [
      Row(
        name: "capture", work: "capture, synced", against: "sqlite3 .backup, lz4 -1, synced", limit: 0.20,
        measured: "capture", peer: ".backup")
    ],
    contenders: { bench in
      let database = try bench.database()
      let copy = bench.path("backup.db")
      let packed = bench.path("backup.lz4")
      let programs = (try bench.needed("sqlite3"), try bench.needed("lz4"))
      return [
        try capture(bench, "capture"),
        Contender(
          name: ".backup",
          prepare: {
            try Paths.remove(copy)
            try Paths.remove(packed)
          },
          run: {
            try bench.shell(
              #""$1" "$3" ".backup '$4'" && "$2" -1 -f -q "$4" "$5" && sync "$5""#, programs.0, programs.1, database,
              copy, packed)
          }),
      ]
    })

  private static func capture(_ bench: Workbench, _ name: String) throws -> Contender {
    let database = try bench.database()
    let output = bench.path("captured.sqlite.lz4")
    return Contender(
      name: name, prepare: { try Paths.remove(output) }, run: { try bench.operation("capture", database, output) })
  }

  // MARK: what has changed since

  private static let increment = Trial(
    rows: [
      Row(
        name: "increment", work: "capture of what changed, 1% of the blocks", against: "a full capture of the same",
        limit: 0.35, measured: "increment", peer: "whole"),
      Row(
        name: "increment-size", work: "what it takes in the store", against: "a full capture of the same", limit: 0.02,
        measured: "increment", peer: "whole",
        reading: { samples, name in samples.greatest(name) { $0.facts["size"].map { $0 / 1_048_576 } } },
        readingUnit: .mebibytes,
        detail: { samples in
          guard let stored = samples.greatest("increment", { $0.facts["stored"] }),
            let blocks = samples.greatest("increment", { $0.facts["blocks"] })
          else { return nil }
          return "\(Int(stored)) of \(Int(blocks)) blocks"
        }),
    ],
    contenders: { bench in
      let database = bench.path("changed.db")
      let store = bench.path("store")
      let other = bench.path("store of whole ones")
      try bench.run(["/bin/cp", try bench.database(), database])
      try bench.operation("whole", database, store)
      let base = Set(try LocalFiles().list(store))
      try scatter(database)
      return [
        Contender(
          name: "increment",
          prepare: {
            for name in try LocalFiles().list(store) where !base.contains(name) { try Paths.remove(join(store, name)) }
          },
          run: { try bench.operation("increment", database, store) }),
        Contender(
          name: "whole", prepare: { try Paths.empty(other) }, run: { try bench.operation("whole", database, other) }),
      ]
    })

  /// Changes a row in every hundredth block.
  private static func scatter(_ path: String) throws {
    let blocks = try Paths.size(path) / Int64(BlockIndex.blockSize)
    let connection = try Connection(path: path, mode: .readWrite)
    try connection.run(
      """
      WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < ?1 - 1)
      UPDATE task_events SET message = upper(message)
      WHERE id IN (SELECT (SELECT max(id) FROM task_events) * i / ?1 + 1 FROM n)
      """, max(1, blocks / 100))
    try connection.checkpoint(.truncate)
    try connection.close()
  }

  // MARK: beside a writer

  /// A writer whose commits reach the disk each ("full"), or with the checkpoints only ("normal").
  private static func busy(_ synchronous: String) -> Trial {
    let suffix = synchronous == "full" ? "" : "-\(synchronous)"
    func milliseconds(_ quantile: Double) -> @Sendable (Samples, String) -> Double? {
      { $0.latency(quantile, $1) }
    }
    return Trial(
      rows: [
        Row(
          name: "capture-busy\(suffix)", work: "capture beside 200 commits a second, synchronous=\(synchronous)",
          against: "capture of the idle database", limit: 1.3, measured: "capture busy", peer: "capture idle"),
        Row(
          name: "writer-p99\(suffix)", work: "p99 of that writer, synchronous=\(synchronous)",
          against: "p99 without capture", limit: 2, measured: "capture busy", peer: "writer alone",
          reading: milliseconds(0.99),
          detail: { samples in
            guard let busy = samples.latency(0.5, "capture busy"), let idle = samples.latency(0.5, "writer alone"),
              let count = samples.byContender["capture busy"]?.reduce(0, { $0 + $1.latencies.count })
            else { return nil }
            return "p50 \(Figures.write(busy, .seconds)) against \(Figures.write(idle, .seconds)), of \(count) commits"
          }),
      ],
      contenders: { bench in
        let database = try bench.database()
        let output = bench.path("captured.sqlite.lz4")
        // One capture is too short for a hundredth of the commits meanwhile to be more than one.
        let outputs = (1...3).map { "\(output)-\($0)" }
        return [
          Contender(
            name: "capture busy", prepare: { for output in outputs { try Paths.remove(output) } },
            run: {
              try beside(bench, synchronous) {
                var sum = Sample(seconds: 0, facts: ["cpu": 0])
                for output in outputs {
                  let sample = try bench.operation("capture", database, output)
                  // What it leaves to the writer, a checkpoint that it held up, belongs to it.
                  Clock.sleep(until: Clock.nanoseconds() + 100_000_000)
                  sum.seconds += sample.seconds / Double(outputs.count)
                  sum.facts["cpu", default: 0] += (sample.facts["cpu"] ?? 0) / Double(outputs.count)
                }
                return sum
              }
            }),
          try capture(bench, "capture idle"),
          Contender(
            name: "writer alone",
            run: {
              try beside(bench, synchronous) {
                Clock.sleep(until: Clock.nanoseconds() + 1_500_000_000)
                return Sample(seconds: 1.5)
              }
            }),
        ]
      })
  }

  /// Runs a body while a writer commits, and takes the times of the commits that began meanwhile.
  private static func beside(_ bench: Workbench, _ synchronous: String, _ body: () throws -> Sample) throws -> Sample {
    let folder = parentFolder(of: bench.path("writer"))
    for file in [Writer.ready(folder), Writer.stop(folder), Writer.times(folder)] { try Paths.remove(file) }
    let writer = try ChildProcess(
      [bench.program, Operation.flag, "write", try bench.database(), folder, synchronous],
      errors: bench.path("writer-errors"))
    let deadline = Clock.nanoseconds() + 30_000_000_000
    while try !Paths.exists(Writer.ready(folder)), Clock.nanoseconds() < deadline {
      Clock.sleep(until: Clock.nanoseconds() + 5_000_000)
    }
    let start = Clock.nanoseconds()
    let sample = Result { try body() }
    let end = Clock.nanoseconds()
    try Text.write("", to: Writer.stop(folder))
    try writer.wait()
    var measured = try sample.get()
    for line in try Text.read(Writer.times(folder)).split(separator: "\n") {
      let numbers = line.split(separator: " ").compactMap { Int64($0) }
      if numbers.count == 2, numbers[0] >= start, numbers[0] <= end {
        measured.latencies.append(Double(numbers[1]) / 1e9)
      }
    }
    return measured
  }

  // MARK: memory

  private static let memory = Trial(
    rows: [row("capture"), row("restore")],
    contenders: { bench in
      let tenth = try bench.tenth()
      let output = bench.path("captured.sqlite.lz4")
      let restored = bench.path("restored.db")
      func capture(_ name: String, _ database: String) -> Contender {
        Contender(
          name: name, prepare: { try Paths.remove(output) }, run: { try bench.operation("capture", database, output) })
      }
      func restore(_ name: String, _ snapshot: String) -> Contender {
        Contender(
          name: name, prepare: { try Paths.removeDatabase(restored) },
          run: { try bench.operation("restore", snapshot, restored) })
      }
      return [
        capture("capture", try bench.database()), capture("capture a tenth", tenth),
        restore("restore", try bench.snapshot()), restore("restore a tenth", try bench.snapshot(of: tenth)),
      ]
    })

  private static func row(_ work: String) -> Row {
    Row(
      name: "memory-\(work)", work: "peak memory of a \(work)", against: "of a database a tenth as large", limit: 24,
      unit: .mebibytes, measured: work, also: ["\(work) a tenth"],
      reading: { samples, name in samples.greatest(name) { $0.facts["peak"].map { $0 / 1_048_576 } } },
      readingUnit: .mebibytes,
      detail: { samples in
        samples.greatest("\(work) a tenth") { $0.facts["peak"].map { $0 / 1_048_576 } }.map {
          "\(Figures.write($0, .mebibytes)) for a tenth of the data"
        }
      })
  }
}
