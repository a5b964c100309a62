// A history that follows from its seed, step by step against the model.
//
// The method: before each step the model says what the database will hold if the step is done, and if it is not. A step in
// this process has to be done, or refused where the model says so. One in a child that is killed may be either, whole. A
// snapshot holds what the database held while it was taken.
import Foundation
import Tidemark

/// Numbers that look random and follow from a seed (SplitMix64).
struct SoakDice {
  private var state: UInt64
  init(seed: UInt64) { state = seed }

  mutating func below(_ bound: Int) -> Int {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return Int((mixed ^ (mixed >> 31)) % UInt64(max(1, bound)))
  }
  mutating func chance(_ percent: Int) -> Bool { below(100) < percent }
}

/// One history in one folder.
struct SoakRun {
  let place: SoakPlace
  let program: String
  private var dice: SoakDice
  private(set) var counts: [String: Int] = [:]
  private(set) var last = ""
  /// What became of the steps that were killed.
  private(set) var killed: [SoakOutcome] = []
  /// What is to become of the next ones, instead of a kill.
  private var told: ArraySlice<SoakOutcome>
  /// The steps so far.
  private(set) var number = 0
  private var model = SoakModel()
  private var build = SoakBuild(ids: [1])
  private var highest: Int64 = 1
  /// By path, what a snapshot may hold.
  private var snapshots: [String: [SoakModel]] = [:]

  /// - Parameter outcomes: of the first steps that are to be killed.
  init(seed: UInt64, folder: String, program: String, outcomes: [SoakOutcome] = []) throws {
    told = outcomes[...]
    dice = SoakDice(seed: seed)
    self.program = program
    place = SoakPlace(folder: folder, seal: dice.below(3))
    if place.seal != 0 { try KeyFile.write(SecretKey.generate(), to: place.keyPath) }
    _ = model.converge(to: build)
    try place.managed(build).migrate()
    let connection = try Connection(path: place.database)
    try connection.execute("PRAGMA journal_mode = \(dice.chance(70) ? "WAL" : "DELETE")")
    try connection.close()
  }

  /// The next step.
  /// - Parameter spoils: writes a row that the model does not know of.
  /// - Throws: `Wrong`, where the database is not what it must be; whatever else was not to fail.
  mutating func step(spoils: Bool = false) throws {
    number += 1
    let step = choose()
    let isKilled = dice.chance(25)
    let pause = UInt32(dice.below(60_000))
    last = "\(step)\(isKilled ? ", killed after \(pause) µs" : "")"
    counts["\(step)".split(separator: " ").first.map(String.init) ?? "", default: 0] += 1
    let candidates = outcomes(of: step)
    if isKilled {
      counts["killed", default: 0] += 1
      let before = Set(try place.store.list().map(\.path))
      if let outcome = told.popFirst() {
        try place.perform(step, as: outcome)
      } else {
        try kill(step, after: pause)
      }
      try place.mend()
      if spoils { try place.spoil() }
      let isDone = try adopt([model] + candidates.compactMap(\.self)) > 0
      let after = Set(try place.store.list().map(\.path))
      killed.append(SoakOutcome(of: step, isDone: isDone, before: before, after: after))
      last += ": \(killed[killed.count - 1])"
    } else {
      do {
        try place.perform(step)
        if spoils { try place.spoil() }
        guard candidates.contains(where: { $0 != nil }) else { throw Wrong("it was to be refused, and was not") }
        try adopt(candidates.compactMap(\.self))
      } catch let error as MigrationError where error.code == "too-old" {
        guard candidates.contains(where: { $0 == nil }) else { throw error }
        counts["refused", default: 0] += 1
        try adopt([model])
      }
    }
    let litter = try place.litter()
    if !litter.isEmpty { throw Wrong("it leaves \(litter)") }
  }

  /// What the database may hold afterwards; nil for a refusal.
  private func outcomes(of step: SoakStep) -> [SoakModel?] {
    func converged(_ model: SoakModel, _ build: SoakBuild) -> SoakModel? {
      var next = model
      return next.converge(to: build) ? next : nil
    }
    switch step {
    case .write(let sql): return [written(sql)]
    case .migrate(let build): return [converged(model, build)]
    case .restore(let path, let build): return (snapshots[path] ?? []).map { converged($0, build) }
    case .snapshot, .prune: return [model]
    }
  }

  /// Holds what is there against what may be, and goes on from that.
  /// - Returns: which of them it is.
  @discardableResult
  private mutating func adopt(_ candidates: [SoakModel]) throws -> Int {
    let before = model
    let found = try place.look()
    var settled = candidates
    for index in settled.indices { settled[index].settle(by: found) }
    // The step done comes last, and is the one that counts where both look alike.
    guard let now = settled.lastIndex(where: { $0 == found }) else {
      throw Wrong(
        "the database holds\n\(found.tables)\n\(found.order), expected was one of\n"
          + candidates.map { "\($0.tables)\n\($0.order)" }.joined(separator: "\n"))
    }
    model = settled[now]
    let entries = try place.store.list()
    for entry in entries where snapshots[entry.path] == nil {
      if let problem = entry.problem, !entry.isClosed { throw Wrong("snapshot \(entry.path): \(problem)") }
      // One that a migration takes holds what was there before it.
      snapshots[entry.path] = [before]
    }
    let here = Set(entries.map(\.path))
    snapshots = snapshots.filter { here.contains($0.key) }
    return now
  }

  // MARK: choosing

  private mutating func choose() -> SoakStep {
    // The displaced databases would fill the disk.
    if number % 50 == 0 { sweepPrevious() }
    switch dice.below(10) {
    case 0...3: return .write(statements())
    case 4, 5: return .migrate(nextBuild())
    case 6, 7: return .snapshot(build, full: dice.chance(20))
    case 8:
      let paths = snapshots.keys.sorted()
      guard !paths.isEmpty else { return .snapshot(build, full: true) }
      return .restore(paths[dice.below(paths.count)], nextBuild())
    default: return .prune(last: 1 + dice.below(5))
    }
  }

  private func sweepPrevious() {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: place.folder)) ?? []
    for name in names where name.contains("previous") {
      try? FileManager.default.removeItem(atPath: place.folder + "/" + name)
    }
  }

  /// Older, newer, a branch that lacks some, or one with a baseline.
  private mutating func nextBuild() -> SoakBuild {
    var next = SoakBuild(ids: Array(1...highest))
    if dice.chance(40), highest < 24 {
      highest += 1
      next.ids.append(highest)
    }
    if dice.chance(50) { next.ids = Array(next.ids.prefix(1 + dice.below(next.ids.count))) }
    if dice.chance(30), next.ids.count > 2 { next.ids.remove(at: 1 + dice.below(next.ids.count - 1)) }
    if dice.chance(20) { next.folded = next.ids[dice.below(next.ids.count)] }
    build = next
    return next
  }

  private mutating func statements() -> [String] {
    let names = model.tables.keys.sorted()
    return (0...dice.below(8)).map { _ in
      let table = names[dice.below(names.count)]
      let rows = (model.tables[table] ?? [:]).keys.sorted()
      let value = "'v\(dice.below(1000))'"
      guard !rows.isEmpty, dice.chance(60) else {
        return "INSERT OR IGNORE INTO \(table)(id, a) VALUES(\(1 + dice.below(60)), \(value))"
      }
      let row = rows[dice.below(rows.count)]
      if dice.chance(25) { return "DELETE FROM \(table) WHERE id = \(row)" }
      let columns = table == "items" ? model.columns.sorted() : ["a"]
      return "UPDATE \(table) SET \(columns[dice.below(columns.count)]) = \(value) WHERE id = \(row)"
    }
  }

  /// What statements of just these forms make of the model.
  private func written(_ statements: [String]) -> SoakModel {
    var next = model
    for sql in statements {
      let words = sql.split { " (),=".contains($0) }.map(String.init)
      switch words[0] {
      case "INSERT":
        guard let id = Int64(words[8]), next.tables[words[4]]?[id] == nil else { continue }
        var row: SoakModel.Row = ["a": String(words[9].dropFirst().dropLast())]
        if words[4] == "items" { for name in next.columns where name != "a" { row[name] = "d" + name.dropFirst() } }
        next.tables[words[4]]?[id] = row
      case "DELETE": if let id = Int64(words[5]) { next.tables[words[2]]?[id] = nil }
      default:
        guard let id = Int64(words[7]), next.tables[words[1]]?[id] != nil else { continue }
        next.tables[words[1]]?[id]?[words[3]] = String(words[4].dropFirst().dropLast())
      }
    }
    return next
  }

  // MARK: killing

  private func kill(_ step: SoakStep, after microseconds: UInt32) throws {
    let child = Process()
    child.executableURL = URL(fileURLWithPath: program)
    let json = String(decoding: try JSONEncoder().encode(step), as: UTF8.self)
    child.arguments = ["--child", place.folder, String(place.seal), json]
    child.standardError = FileHandle.nullDevice
    try child.run()
    usleep(microseconds)
    _ = Foundation.kill(child.processIdentifier, SIGKILL)
    child.waitUntilExit()
  }
}
