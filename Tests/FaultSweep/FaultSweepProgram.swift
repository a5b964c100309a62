// The program that sweeps: every operation of every scenario with every fault, or a seeded part of them, or one by name.
import Faults
import Foundation
import TestFiles
import Tidemark

@main struct FaultSweepProgram {
  /// What the command line says.
  struct Options {
    var only: String?
    var one: String?
    /// Print the operations, and run nothing.
    var listsOnly = false
    /// Only those that change the disk, in the documentation's words.
    var listsChanges = false
    var share = (number: 0, of: 1)
    /// Of each scenario at most so many runs, beside those of its end.
    var most = Int.max
    var seed: UInt64 = 1
    /// Leave out the large scenarios, and of each other one run all but one in the middle and the last few.
    var isFast = false
  }

  static func main() {
    do {
      exit(try sweep(options()) ? 0 : 1)
    } catch {
      print("FAILED: \(error)")
      exit(1)
    }
  }

  private static func options() -> Options {
    var options = Options()
    var words = CommandLine.arguments.dropFirst()
    while let word = words.popFirst() {
      if word == "--fast" {
        options.isFast = true
        options.most = 1
        continue
      }
      let value = words.popFirst() ?? ""
      switch word {
      case "--scenario": options.only = value
      case "--case": options.one = value
      case "--operations":
        options.only = value
        options.listsOnly = true
      case "--changes":
        options.only = value
        options.listsChanges = true
      case "--most": options.most = Int(value) ?? 0
      case "--seed": options.seed = UInt64(value) ?? 1
      case "--share":
        let parts = value.split(separator: "/").compactMap { Int($0) }
        if parts.count == 2, parts[1] > 0 { options.share = (parts[0], parts[1]) } else { usage() }
      default: usage()
      }
    }
    return options
  }

  private static func usage() -> Never {
    print(
      """
      usage: FaultSweep [--scenario NAME] [--fast] [--most RUNS] [--seed N] [--share I/N] [--case SCENARIO/KIND/OPERATION]
             FaultSweep --operations SCENARIO
             FaultSweep --changes SCENARIO
      scenarios: \(Scenario.all.map(\.name).joined(separator: " "))
      kinds: \(FaultKind.allCases.map(\.rawValue).joined(separator: " "))
      """)
    exit(64)
  }

  private static func sweep(_ options: Options) throws -> Bool {
    let folder = try RunFolder.make("fault-sweep")
    defer { try? FileManager.default.removeItem(atPath: folder) }
    var random = SystemSeed(state: options.seed)
    var total = (points: 0, runs: 0, disks: 0, failures: 0)
    let wanted = options.one.flatMap { $0.split(separator: "/").first.map(String.init) } ?? options.only
    var kinds: [FaultKind: Int] = [:]
    for (place, scenario) in (wanted == nil ? Scenario.all : Scenario.all + Scenario.careless).enumerated()
    where wanted == nil ? !(options.isFast && scenario.isLarge) : scenario.name == wanted {
      let sweep = try Sweep(scenario, in: folder)
      if options.listsOnly {
        for (index, operation) in sweep.operations.enumerated() { print(index + 1, operation) }
        return true
      }
      if options.listsChanges {
        print(Changes.list(sweep.operations, root: sweep.root).joined(separator: "\n"))
        return true
      }
      var cases = sweep.cases
      if let one = options.one { cases = cases.filter { $0.description == one } }
      cases = cases.indices.filter { $0 % options.share.of == options.share.number }.map { cases[$0] }
      if cases.count > options.most {
        // The end is never left out: what is reported as done has to last, and what is done must not be reported as failed.
        let isLast = { (one: Case) in
          one.fault.place > sweep.operations.count - (options.isFast ? 2 : 6) && one.fault.kind == .errorOnce
            || one.fault.place > sweep.operations.count
        }
        var others = cases.filter { !isLast($0) }.shuffled(using: &random)
        // So that few runs of each scenario are some of each kind, wherever it can be met.
        let kind = FaultKind.allCases[(place + Int(options.seed % 8)) % FaultKind.allCases.count]
        if let first = others.firstIndex(where: { $0.fault.kind == kind }) { others.swapAt(0, first) }
        cases = cases.filter(isLast) + others.prefix(options.most)
      }
      for one in cases {
        watchdog(one)
        try sweep.run(one, seed: options.seed)
        kinds[one.fault.kind, default: 0] += 1
      }
      alarm(0)
      defer { fflush(nil) }
      print(
        "\(scenario.name): \(sweep.operations.count) operations, \(cases.count) runs, \(sweep.disks) disks, "
          + "\(sweep.failures.count) failures")
      for failure in sweep.failures { print("FAILED \(failure)") }
      total.points += sweep.operations.count
      total.runs += cases.count
      total.disks += sweep.disks
      total.failures += sweep.failures.count
    }
    if total.runs == 0 { throw Unsound("there is no such run") }
    print("runs: " + FaultKind.allCases.map { "\($0.rawValue) \(kinds[$0, default: 0])" }.joined(separator: " "))
    print("all: \(total.points) operations, \(total.runs) runs, \(total.disks) disks, \(total.failures) failures")
    return total.failures == 0
  }

  /// A run that hangs ends the program with its name.
  private static func watchdog(_ one: Case) {
    running.update(repeating: 0)
    for (index, byte) in "HANGS: \(one)\n".utf8.prefix(running.count).enumerated() { running[index] = byte }
    signal(SIGALRM) { _ in
      _ = write(1, FaultSweepProgram.running.baseAddress, FaultSweepProgram.running.count)
      _exit(1)
    }
    alarm(60)
  }

  // Only the thread that runs writes it; the signal's handler reads it and ends.
  nonisolated(unsafe) private static let running = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: 128)
}

/// Numbers that follow from a seed.
private struct SystemSeed: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return state ^ state >> 29
  }
}
