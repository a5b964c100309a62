// Runs scenarios with a fault at one operation after the other, and holds what is found against what may be.
//
// The method: a run without faults counts the operations and shows what the new disk is. Then for each operation and each
// fault that it can meet one run, from the same beginning. After an error the disk is looked at as it is, and once more as a
// power cut leaves it; after a crash, as each of the disks that the power cut can leave. What is found has to be the old or
// the new, an error means the old and success the new; the next start leaves no litter, and the next attempt succeeds.
import Faults
import Foundation
import TestFiles
import Tidemark

/// One run.
struct Case: Hashable, CustomStringConvertible {
  var scenario: String
  var fault: Fault

  var description: String { "\(scenario)/\(fault.kind.rawValue)/\(fault.place)" }
}

/// A sweep over one scenario.
final class Sweep {
  let scenario: Scenario
  private let folder: String
  /// The folder in which things happen.
  var root: String { folder + "/disk" }
  private let template: String
  private var old = ""
  private var new = ""
  private(set) var operations: [DiskOperation] = []
  /// Disks that were looked at.
  private(set) var disks = 0
  private(set) var failures: [String] = []

  init(_ scenario: Scenario, in folder: String) throws {
    self.scenario = scenario
    self.folder = folder + "/" + scenario.name
    template = self.folder + "/template"
    try FileManager.default.createDirectory(atPath: template, withIntermediateDirectories: true)
    try scenario.make(Bench(root: template))
    old = try looked(Bench(root: fresh().root))
    try count()
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  /// The runs that make sense.
  var cases: [Case] {
    operations.indices.flatMap { index in
      FaultKind.allCases.filter { operations[index].canMeet($0) }
        .map { Case(scenario: scenario.name, fault: Fault($0, at: index + 1)) }
    } + [Case(scenario: scenario.name, fault: Fault(.crash, at: operations.count + 1))]
  }

  /// The run without faults.
  private func count() throws {
    let disk = try disk(.none)
    try attempt(on: disk)
    operations = disk.operations
    disk.end()
    new = try looked(Bench(root: disk.root))
    guard new != old else { throw Unsound("\(scenario.name) changes nothing") }
    try judge(disk, "no fault", expecting: .new)
  }

  /// Runs one.
  /// - Parameter seed: for what survives by halves.
  func run(_ one: Case, seed: UInt64) throws {
    let disk = try disk(one.fault)
    var thrown: (any Error)?
    do { try attempt(on: disk) } catch { thrown = error }
    disk.end()
    let place = one.fault.place <= disk.operations.count ? "\(disk.operations[one.fault.place - 1])" : "after the last"
    let words = "\(one) (\(place))"
    do {
      switch one.fault.kind {
      case .crash, .tornPage:
        let halves = [0, 1].map { Survival.half(seed: seed &* 1_000_003 &+ UInt64(one.fault.place * 2 + $0)) }
        // After the last operation it has been reported as done, and has to last.
        let isDone = one.fault.place > operations.count
        for survival in one.fault.kind == .tornPage ? [.kept] : [.lost, .kept, .names, .contents, .lastName] + halves {
          try disk.layOut(survival)
          try judge(disk, "\(words) \(survival)", expecting: isDone ? .new : nil)
        }
      case .errorAlways, .fullAlways, .errorOnce, .fullOnce, .interrupted, .shortWrite:
        // What keeps failing can fail the way back as well; then it is either.
        let isLasting = one.fault.kind == .errorAlways || one.fault.kind == .fullAlways
        let isEither = isLasting || scenario.isGradual
        let isSparing = scenario.sparesUnreadable && !disk.operations[one.fault.place - 1].changesDisk
        let expected: Scenario.Finding? = thrown != nil ? isEither ? nil : .old : isSparing ? nil : .new
        let outcome = thrown.map { "failed: \($0)" } ?? "succeeded"
        let found = try judge(disk, "\(words) \(outcome)", expecting: expected)
        if let thrown, found == .new, scenario.saysUnfinished, !scenario.isGradual,
          (thrown as? SwapError)?.code != .unfinished, (thrown as? SQLiteError)?.isUnfinished != true
        {
          failures.append("\(words) \(outcome): it is the new one, and that it is unfinished is not said")
        }
        try disk.layOut(.lost)
        try judge(disk, "\(words) \(outcome), power cut afterwards", expecting: thrown == nil ? found : nil)
      }
    } catch {
      failures.append("\(words): \(error)")
    }
  }

  /// A folder as it is before the work, and an empty one beside it.
  private func fresh() throws -> (root: String, vault: String) {
    let (root, vault) = (root, folder + "/vault")
    for path in [root, vault] {
      if FileManager.default.fileExists(atPath: path) { try FileManager.default.removeItem(atPath: path) }
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }
    try scenario.prepare(Bench(root: template).copy(to: root))
    return (root, vault)
  }

  private func disk(_ fault: Fault) throws -> FaultDisk {
    let (root, vault) = try fresh()
    return try FaultDisk(root, vault: vault, fault: fault)
  }

  private func attempt(on disk: FaultDisk) throws {
    try DiskVFS.watch(disk)
    defer { try? DiskVFS.watch(nil) }
    try scenario.attempt(Bench(root: disk.root, files: files(over: DiskFiles(disk))))
  }

  private func files(over base: some FileSystem) -> any FileSystem {
    scenario.cannotExchange ? RenamingFiles(base) : base
  }

  /// Looks at a copy, so that what looking does is not done to the disk.
  private func looked(_ bench: Bench) throws -> String {
    let copy = folder + "/copy"
    if FileManager.default.fileExists(atPath: copy) { try FileManager.default.removeItem(atPath: copy) }
    try FileManager.default.createDirectory(atPath: copy, withIntermediateDirectories: true)
    return try scenario.look(bench.copy(to: copy))
  }

  /// Holds the disk against what may be; what is wrong is written down.
  /// - Returns: what was found, where nothing is wrong.
  @discardableResult
  private func judge(
    _ disk: FaultDisk, _ words: String, expecting expected: Scenario.Finding?
  ) throws -> Scenario.Finding? {
    disks += 1
    let bench = Bench(root: disk.root, files: files(over: LocalFiles()), isAgain: true)
    do {
      let found = try looked(bench)
      guard let finding = scenario.tell(found, old, new) else {
        throw Unsound("neither the old nor the new: \(try bench.names())\n\(Self.difference(found, old, new))")
      }
      if let expected, finding != expected { throw Unsound("it is \(finding), not \(expected)") }
      try scenario.start(bench)
      let left = scenario.litter(try bench.names(), afterStart: true)
      guard left.isEmpty else { throw Unsound("the start leaves litter: \(left)") }
      try scenario.check(bench, finding, old)
      try scenario.attempt(bench)
      let litter = scenario.litter(try bench.names())
      guard litter.isEmpty else { throw Unsound("litter: \(litter)") }
      _ = try looked(bench)
      return finding
    } catch {
      failures.append("\(words): \(error)")
      return nil
    }
  }

  private static func difference(_ found: String, _ old: String, _ new: String) -> String {
    let lines = { (text: String) in Set(text.split(separator: "\n")) }
    let (now, before, after) = (lines(found), lines(old), lines(new))
    let odd = now.subtracting(before).subtracting(after).map { "  neither has: \($0)" }
    let missing = before.intersection(after).subtracting(now).map { "  both have: \($0)" }
    return (odd + missing).sorted().prefix(12).joined(separator: "\n")
  }
}
