// The changelog's note of what a change touched: one JSON, whichever names objects have.
import Foundation
@testable import TidemarkMigrations
import Testing

@Suite struct ObjectChangesTests {
  @Test(arguments: [
    [], ["table jobs"], ["index a/b", "table jobs"], ["table odd \"name\""], ["view back\\slash"],
    ["table tab\tline\n"],
    ["table Größe"], ["table \u{7f}"],
  ])
  func isTheSameJSONForPlainAndOddNames(_ titles: [String]) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    for changes in [
      ObjectChanges(added: titles), ObjectChanges(changed: titles), ObjectChanges(added: ["table x"], removed: titles),
    ] {
      #expect(try changes.json == String(decoding: encoder.encode(changes), as: UTF8.self))
      #expect(try ObjectChanges(json: changes.json) == changes)
    }
  }
}
