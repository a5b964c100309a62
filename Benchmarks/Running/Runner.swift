// Lets contenders take turns, A B A B …, so that what the machine does meanwhile falls on all of them alike.

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Runs trials.
struct Runner {
  let bench: Workbench
  let rounds: Int

  /// One warm-up each, then the rounds; the order is turned round every other time.
  func run(_ trial: Trial) -> [RowResult] {
    // What cannot be removed now is in the way of nothing but room; the results matter more.
    defer { try? bench.clear() }
    do {
      return try measured(trial)
    } catch {
      return trial.rows.map { RowResult($0, Samples(), failed: "\(error)") }
    }
  }

  private func measured(_ trial: Trial) throws -> [RowResult] {
    Text.say("\(trial.rows.map(\.name).joined(separator: ", ")) …")
    // Only those that a row asks for.
    let named = Set(trial.rows.flatMap { [$0.measured, $0.peer].compactMap { $0 } + $0.also })
    let contenders = try trial.contenders(bench).filter { named.contains($0.name) }
    let able = contenders.filter { $0.unavailable == nil }
    var samples = Samples()
    for contender in able { _ = try measure(contender) }
    for round in 0..<rounds {
      for contender in round % 2 == 0 ? able : able.reversed() {
        for _ in 0..<contender.runs { samples.byContender[contender.name, default: []].append(try measure(contender)) }
      }
    }
    return trial.rows.map { row in
      let missing = contenders.first { ($0.name == row.measured || $0.name == row.peer) && $0.unavailable != nil }
      return RowResult(row, samples, skipped: missing.map { "\($0.name): \($0.unavailable ?? "")" })
    }
  }

  private func measure(_ contender: Contender) throws -> Sample {
    try contender.prepare()
    // What the preparation wrote or removed must not reach the disk while something is timed.
    sync()
    return try contender.run()
  }
}
