// What became of a row.

/// A row with its numbers and its verdict.
struct RowResult: Codable {
  /// How it ended.
  enum Verdict: String, Codable {
    case reached, missed, skipped, failed
  }

  var name: String
  var work: String
  var against: String
  var limit: Double
  var unit: Row.Unit
  /// What was read off Tidemark, and off the peer, in `readingUnit`.
  var measured: Double?
  var peer: Double?
  var readingUnit: Row.Unit
  /// Median seconds that the processors worked for each; says more than time where the machine has other work.
  var measuredCPU: Double?
  var peerCPU: Double?
  /// The number that is held against the limit.
  var value: Double?
  var verdict: Verdict
  /// Why it was skipped, or what is told besides.
  var note: String?
  /// Every single time in seconds.
  var measuredSeconds: [Double]
  var peerSeconds: [Double]

  /// - Parameters:
  ///   - skipped: which contender cannot run here, and why.
  ///   - failed: the error that ended the trial.
  init(_ row: Row, _ samples: Samples, skipped: String? = nil, failed: String? = nil) {
    name = row.name
    work = row.work
    against = row.against
    limit = row.limit
    unit = row.unit
    readingUnit = row.readingUnit
    measured = row.reading(samples, row.measured)
    peer = row.peer.flatMap { row.reading(samples, $0) }
    measuredSeconds = samples.byContender[row.measured]?.map(\.seconds) ?? []
    peerSeconds = row.peer.flatMap { samples.byContender[$0]?.map(\.seconds) } ?? []
    measuredCPU = samples.median(row.measured) { $0.facts["cpu"] }
    peerCPU = row.peer.flatMap { samples.median($0) { $0.facts["cpu"] } }
    if row.peer == nil {
      value = measured
    } else if let measured, let peer, peer > 0 {
      value = measured / peer
    }
    if let value, skipped == nil {
      verdict = value <= limit ? .reached : .missed
      note = row.detail(samples)
    } else {
      value = nil
      verdict = skipped == nil ? .failed : .skipped
      note = skipped ?? failed ?? "nothing was measured"
    }
  }

  /// How much more the processors worked than for the peer.
  var cpuRatio: Double? {
    guard let measuredCPU, let peerCPU, peerCPU > 0 else { return nil }
    return measuredCPU / peerCPU
  }
}
