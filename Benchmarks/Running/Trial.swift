// What is measured, as values: contenders that take turns, and the rows that are read off their times.

/// One run of a contender.
struct Sample: Sendable {
  /// The time that counts.
  var seconds: Double
  /// What else was measured, by name.
  var facts: [String: Double] = [:]
  /// Single times in seconds of what was done many times meanwhile, such as a writer's commits.
  var latencies: [Double] = []
}

/// A way of doing the work.
struct Contender {
  var name: String
  /// Runs in a round: short work is done more often.
  var runs = 1
  /// Why it cannot run here; nil when it can.
  var unavailable: String?
  /// Makes ready, outside the time.
  var prepare: () throws -> Void = {}
  var run: () throws -> Sample

  /// A contender that cannot run here.
  static func missing(_ name: String, because reason: String) -> Contender {
    Contender(name: name, unavailable: reason, run: { throw UsageError(words: reason) })
  }
}

/// The samples of a trial, by contender.
struct Samples {
  var byContender: [String: [Sample]] = [:]

  /// The median of a number over a contender's samples; nil when it has none.
  func median(_ contender: String, _ value: (Sample) -> Double? = { $0.seconds }) -> Double? {
    Self.quantile(0.5, of: byContender[contender]?.compactMap(value) ?? [])
  }

  /// The greatest of a number over a contender's samples.
  func greatest(_ contender: String, _ value: (Sample) -> Double?) -> Double? {
    byContender[contender]?.compactMap(value).max()
  }

  /// A quantile of all single times of a contender.
  func latency(_ quantile: Double, _ contender: String) -> Double? {
    Self.quantile(quantile, of: byContender[contender]?.flatMap(\.latencies) ?? [])
  }

  /// A quantile, by the nearest rank; the median of an even count is the mean of the middle two.
  static func quantile(_ quantile: Double, of values: [Double]) -> Double? {
    guard !values.isEmpty else { return nil }
    let sorted = values.sorted()
    if quantile == 0.5, sorted.count % 2 == 0 { return (sorted[sorted.count / 2 - 1] + sorted[sorted.count / 2]) / 2 }
    return sorted[min(sorted.count - 1, Int((quantile * Double(sorted.count)).rounded(.up)) - 1)]
  }
}

/// One number to reach.
struct Row: Sendable {
  /// How a number is written.
  enum Unit: String, Codable, Sendable {
    case ratio, milliseconds, mebibytes, seconds
  }

  var name: String
  var work: String
  var against: String
  var limit: Double
  var unit = Unit.ratio
  /// The contender whose number it is.
  var measured: String
  /// The contender it is held against; nil for an absolute number.
  var peer: String?
  /// Contenders that only its detail tells of.
  var also: [String] = []
  /// What is read off a contender; its median time unless said.
  var reading: @Sendable (Samples, String) -> Double? = { $0.median($1) }
  /// What the readings are; seconds unless said.
  var readingUnit = Unit.seconds
  /// What is told besides.
  var detail: @Sendable (Samples) -> String? = { _ in nil }

  var reach: String { "≤ \(Figures.write(limit, unit))" }
}

/// Contenders that take turns, and the rows that come of it.
struct Trial: Sendable {
  var rows: [Row]
  /// Makes what is needed and returns the contenders.
  var contenders: @Sendable (Workbench) throws -> [Contender]

  /// All of them, in the order of the report.
  static var all: [Trial] {
    RestoreTrials.all + CaptureTrials.all + SnapshotTrials.all + MigrationTrials.all + ToolTrials.all
  }

  /// The trial with just the rows asked for; nil when none is of this trial.
  func keeping(_ names: [String]) throws -> Trial? {
    let known = Trial.all.flatMap(\.rows).map(\.name)
    if let unknown = names.first(where: { !known.contains($0) }) {
      throw UsageError(words: "no row \(unknown); the rows are \(known.joined(separator: ", "))")
    }
    if names.isEmpty { return self }
    var kept = self
    kept.rows = rows.filter { names.contains($0.name) }
    return kept.rows.isEmpty ? nil : kept
  }
}
