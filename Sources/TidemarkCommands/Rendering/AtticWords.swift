// The attic in words: what a plan would move into it or lose, what it holds, what was pruned.

import Tidemark

/// The words for the attic.
enum AtticWords {
  /// What downgrades touch, a line for each table.
  static func render(_ effects: PlanEffects, accepting accepted: String? = nil, on page: inout Page) {
    for step in effects.steps where !step.tables.isEmpty {
      for table in step.tables {
        let rows = table.rows.map { Units.count(Int(clamping: $0), "row") } ?? "rows not counted"
        let fate: StyledText =
          if let lost = table.lost {
            StyledText("lost: \(lost)", .bad)
          } else if table.rows == 0 {
            StyledText("nothing to keep", .dim)
          } else {
            StyledText("kept in the attic", .good)
          }
        page.line("  undoing \(step.id) \(table.words): \(table.table, .name), \(rows), \(fate)")
        if let alike = table.alike {
          let count = Units.count(Int(clamping: alike), "row")
          PlanWords.render(
            note:
              "\(count) of \(table.table) will be alike and have no key: what is kept of them cannot return to them",
            on: &page)
        }
      }
      if let why = step.guessed {
        PlanWords.render(note: "what undoing \(step.id) does is only guessed: \(why)", on: &page)
      }
    }
    if let id = effects.lossID {
      let words =
        effects.isRefused(accepting: accepted)
        ? "it is refused, as it loses data; --accept-loss \(id) allows it"
        : "it loses data, as --accept-loss \(id) allows"
      PlanWords.render(note: words, on: &page)
    }
  }

  /// What a run kept and returned.
  static func words(_ outcome: AtticOutcome) -> String { "attic: \(outcome.migration): \(outcome.words)" }

  /// What the attic holds.
  static func render(_ attic: AtticContents, on page: inout Page) {
    let tables = Units.count(attic.tables.count { $0.rows > 0 }, "table")
    let rows = Units.count(Int(clamping: attic.rows), "row")
    page.line("attic: \(rows) of \(tables), \(Units.size(attic.bytes))")
    guard page.verbose else { return }
    var table = Table(
      Table.Column("of"), Table.Column("table"), Table.Column("rows", .right), Table.Column("size", .right),
      Table.Column("kept"), Table.Column(""))
    for kept in attic.tables where kept.rows > 0 {
      table.add(
        "\(kept.migration) \(kept.name)", StyledText(kept.table), "\(kept.rows)", StyledText(Units.size(kept.bytes)),
        StyledText(kept.keptAt), StyledText(kept.returns ? "returns with the upgrade" : "did not return", .dim))
    }
    page.table(table, indent: 2)
  }
}

/// What `prune --attic` did, or would do.
struct AtticPruned: Report {
  var place: String
  var isDryRun: Bool
  var removed: AtticContents

  var isNews: Bool { !isDryRun }

  func render(on page: inout Page) {
    let rows = Units.count(Int(clamping: removed.rows), "row")
    page.line("\(isDryRun ? "would remove" : "removed") \(rows) from the attic (\(Units.size(removed.bytes)))")
  }
}

extension PlanEffects {
  /// Whether the plan would be refused for what it loses.
  func isRefused(accepting accepted: String?) -> Bool { lossID != nil && lossID != accepted }
}
