// docs/durability.md against what the commands do: its lists are what `Scripts/fault-sweep --changes` prints.
import Foundation
import TestProcesses
import Testing

@Suite(.ownThreads) struct DurabilityTests {
  /// The lists, by the scenario that stands above each.
  private static func documented() throws -> [(scenario: String, changes: [String])] {
    let text = try String(contentsOfFile: Scratch.root + "/docs/durability.md", encoding: .utf8)
    var lists: [(scenario: String, changes: [String])] = []
    var isInside = false
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      if line.hasPrefix("```") {
        isInside = line.hasPrefix("```text ")
        if isInside { lists.append((String(line.dropFirst("```text ".count)), [])) }
      } else if isInside {
        lists[lists.count - 1].changes.append(String(line))
      }
    }
    return lists
  }

  @Test func theOrderIsTheDocumented() throws {
    let lists = try Self.documented()
    #expect(lists.count >= 8)
    for (scenario, changes) in lists {
      let ended = try run(Scratch.programs + "/FaultSweep", ["--changes", scenario])
      #expect(ended.status == 0 && !changes.isEmpty)
      #expect(ended.output.split(separator: "\n").map(String.init) == changes, "\(scenario)")
    }
  }
}
