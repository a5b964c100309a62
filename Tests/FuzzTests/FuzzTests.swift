// Every reader of untrusted bytes against mutated inputs, the same ones at each run. The long form, guided by coverage, is
// Scripts/fuzz; what it finds goes into Tests/Fuzz/Corpus and is read here ever after.
import Foundation
import FuzzInputs
import Testing

@Suite struct FuzzTests {
  private static let corpus = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("Fuzz/Corpus")

  private static func inputs(_ target: FuzzTarget) throws -> [(name: String, bytes: [UInt8])] {
    let folder = corpus.appendingPathComponent(target.rawValue).path
    return try FileManager.default.contentsOfDirectory(atPath: folder).sorted().map { name in
      (name, [UInt8](try Data(contentsOf: URL(fileURLWithPath: folder + "/" + name))))
    }
  }

  @Test(arguments: targets) func theCorpusIsRead(_ target: FuzzTarget) throws {
    let inputs = try Self.inputs(target)
    #expect(!inputs.isEmpty)
    for input in inputs {
      #expect(throws: Never.self, "\(target) \(input.name)") { try target.run(input.bytes) }
    }
  }

  /// All of them, or the one that `TIDEMARK_FUZZ_TARGET` names.
  private static let targets = FuzzTarget.allCases.filter {
    ProcessInfo.processInfo.environment["TIDEMARK_FUZZ_TARGET"].map($0.rawValue.contains) ?? true
  }

  @Test(arguments: targets) func whatIsMutatedIsReadOrRefused(_ target: FuzzTarget) throws {
    let environment = ProcessInfo.processInfo.environment
    let seed = environment["TIDEMARK_SEED"].flatMap(UInt64.init) ?? 1
    // A changelog is read by running whole plans, which takes its time.
    let rounds = environment["TIDEMARK_FUZZ_ROUNDS"].flatMap(Int.init) ?? (target == .changelog ? 40 : 250)
    let inputs = try Self.inputs(target).map(\.bytes)
    var mutator = Mutator(seed: seed, corpus: inputs)
    for round in 0..<rounds {
      let bytes = mutator.next()
      do {
        try target.run(bytes)
      } catch {
        Issue.record("\(target), seed \(seed), round \(round): \(error)\n\(Data(bytes).base64EncodedString())")
        return
      }
    }
  }
}
