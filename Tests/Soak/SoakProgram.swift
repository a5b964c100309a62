// The program of the soak: histories from seeds, for as long as it is told; a failure is printed with what plays it again.
import Foundation
import TestFiles
import Tidemark

@main struct SoakProgram {
  private struct Options {
    var seconds: Double?
    var steps: Int?
    var seed: UInt64?
    /// The step at which a row is written behind the model's back, which has to be found.
    var wrong: Int?
    /// What became of the steps that were killed.
    var outcomes: [SoakOutcome] = []
    /// Steps of one history, where time decides how many there are.
    static let length = 200
  }

  static func main() {
    let words = CommandLine.arguments
    if words.count == 5, words[1] == "--child" { child(words[2], Int(words[3]) ?? 0, words[4]) }
    do {
      exit(try soak(options()) ? 0 : 1)
    } catch {
      print("FAILED: \(error)")
      exit(1)
    }
  }

  private static func child(_ folder: String, _ seal: Int, _ json: String) -> Never {
    do {
      try SoakPlace(folder: folder, seal: seal).perform(JSONDecoder().decode(SoakStep.self, from: Data(json.utf8)))
      exit(0)
    } catch {
      // It may be refused; what it has done is looked at, not what it says.
      exit(1)
    }
  }

  private static func options() -> Options {
    var options = Options()
    var words = CommandLine.arguments.dropFirst()
    while let word = words.popFirst() {
      let value = words.popFirst() ?? ""
      switch word {
      case "--minutes": options.seconds = number(value) { Double($0) } * 60
      case "--seconds": options.seconds = number(value) { Double($0) }
      case "--steps": options.steps = number(value) { Int($0) }
      case "--seed": options.seed = number(value) { UInt64($0) }
      case "--wrong": options.wrong = number(value) { Int($0) }
      case "--outcomes": options.outcomes = value.split(separator: ",").map { number(String($0)) { SoakOutcome($0) } }
      default: usage()
      }
    }
    return options
  }

  private static func number<T>(_ text: String, _ read: (String) -> T?) -> T {
    guard let value = read(text) else { usage() }
    return value
  }

  private static func usage() -> Never {
    print(
      """
      usage: Soak --minutes N [--seed S]
             Soak --seed S --steps N [--outcomes O,O,…] [--wrong STEP]
      outcomes of killed steps: o nothing, d done, p the snapshot before it alone, or how many were removed
      """)
    exit(64)
  }

  private static func soak(_ options: Options) throws -> Bool {
    let begin = ContinuousClock.now
    let end = begin + .seconds(options.seconds ?? (options.steps == nil ? 60 : 1e7))
    var seed = options.seed ?? UInt64.random(in: 1...999_999)
    let program = URL(fileURLWithPath: CommandLine.arguments[0]).standardizedFileURL.path
    let base = try RunFolder.make("soak")
    defer { try? FileManager.default.removeItem(atPath: base) }
    var counts: [String: Int] = [:]
    var histories = 0
    say("from seed \(seed)")
    while ContinuousClock.now < end {
      guard let run = try history(seed, base, program, options, until: end) else { return false }
      histories += 1
      counts.merge(run.counts) { $0 + $1 }
      if options.steps != nil { break }
      say("seed \(seed): \(run.number) steps, \(memory()) MiB at most, \(seconds(since: begin)) s")
      seed += 1
    }
    let figures = counts.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }.joined(separator: ", ")
    let steps = counts.filter { $0.key != "killed" && $0.key != "refused" }.values.reduce(0, +)
    say("\(histories) histories, \(steps) steps: \(figures); no failure in \(seconds(since: begin)) s, \(memory()) MiB")
    return true
  }

  /// One history, in a folder that goes with it; nil where it failed, of which it is told.
  private static func history(
    _ seed: UInt64, _ base: String, _ program: String, _ options: Options, until end: ContinuousClock.Instant
  ) throws -> SoakRun? {
    let folder = base + "/\(seed)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    var run = try SoakRun(seed: seed, folder: folder, program: program, outcomes: options.outcomes)
    while run.number < options.steps ?? Options.length, ContinuousClock.now < end {
      do {
        try run.step(spoils: run.number + 1 == options.wrong)
      } catch {
        say("FAILED seed \(seed) step \(run.number): \(run.last)\n\(error)")
        let outcomes = run.killed.isEmpty ? "" : " --outcomes " + run.killed.map(\.description).joined(separator: ",")
        let wrong = options.wrong.map { " --wrong \($0)" } ?? ""
        say("again: Scripts/soak --seed \(seed) --steps \(run.number)\(outcomes)\(wrong)")
        return nil
      }
      if options.steps != nil { say("\(run.number) \(run.last)") }
    }
    return run
  }

  /// A line, written at once: a run that is ended from outside has said what it had to say.
  private static func say(_ line: String) {
    print(line)
    fflush(nil)
  }

  private static func seconds(since begin: ContinuousClock.Instant) -> Int {
    Int((ContinuousClock.now - begin).components.seconds)
  }

  /// The most that this process has had in memory, in MiB; 0 where the system does not tell.
  private static func memory() -> Int {
    let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
    return (line?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0) / 1024
  }
}
