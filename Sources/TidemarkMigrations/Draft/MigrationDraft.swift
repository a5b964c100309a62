// A migration drafted from the schema that is there and the one that is wanted, and tried before anyone sees it.
internal import TidemarkSQLite
package import TidemarkSchema

/// The statements that lead from a lineage's head to another schema and back, and what is known of them.
package struct MigrationDraft: Sendable {
  /// The way there.
  package var upgrade: DraftScript
  /// The way back.
  package var downgrade: DraftScript
  /// What the upgrade does not carry over.
  package var losses: [SchemaAlteration.Loss]
  /// What rows that are there cannot take on the way there.
  package var demands: [SchemaAlteration.Demand]
  /// What rows that are there cannot take on the way back.
  package var demandsBack: [SchemaAlteration.Demand]
  /// The tables that the upgrade makes anew.
  package var rebuilt: [String]
  /// What the proof of the downgrade came to, with made-up rows.
  package var verdict: Verdict

  /// Drafts a migration behind all that a lineage has. It has been run: it leads to the wanted schema, exactly.
  /// - Parameters:
  ///   - lineage: what is there.
  ///   - id: the new migration's number.
  ///   - name: its name.
  ///   - head: what the lineage's migrations make.
  ///   - wanted: the schema to reach.
  ///   - renames: what is the same under another name.
  /// - Returns: the draft; nil where the schemas mean the same.
  /// - Throws: `SchemaError.unalterable` where no statements lead there; `MigrationError` where none do in fact.
  package static func make(
    behind lineage: Lineage, id: MigrationID, name: String, from head: Schema, to wanted: Schema, renames: SchemaRenames
  ) throws -> MigrationDraft? {
    let sqlite = min(SQLiteLibrary.version, lineage.oldestSQLite)
    let up = try SchemaAlteration.make(from: head, to: wanted, renames: renames, sqlite: sqlite)
    guard !up.isEmpty else { return nil }
    let down = try SchemaAlteration.make(from: wanted, to: head, renames: renames.reversed, sqlite: sqlite)
    let trial = DraftTrial(lineage: lineage, id: id, name: name, head: head, wanted: wanted)
    var upgrade = DraftScript(first: up.statements)
    var downgrade = DraftScript(first: down.statements)
    // What goes with its values asks for a place where they can still be read. Each other wording is taken where it leads
    // to the same.
    let isLossy = !up.losses.isEmpty || !down.losses.isEmpty
    for words in [isLossy ? DraftScript.parted(up, from: head).plain : upgrade.plain, upgrade.plain]
    where trial.leads(words, back: downgrade) {
      upgrade = words
      break
    }
    for words in [isLossy ? DraftScript.parted(down, from: wanted).plain : downgrade.plain, downgrade.plain]
    where trial.leads(upgrade, back: words) {
      downgrade = words
      break
    }
    try trial.lead(upgrade, back: downgrade)
    return MigrationDraft(
      upgrade: upgrade, downgrade: downgrade, losses: up.losses, demands: up.demands, demandsBack: down.demands,
      rebuilt: up.rebuilt, verdict: try trial.verdict(upgrade, back: downgrade))
  }
}

/// Runs a draft on databases in memory.
private struct DraftTrial {
  let lineage: Lineage
  let id: MigrationID
  let name: String
  let head: Schema
  let wanted: Schema

  private func drafted(_ upgrade: DraftScript, _ downgrade: DraftScript) -> Lineage {
    lineage.adding([
      StatedMigration(id: id, name: name, upgrade: Upgrade(upgrade.sql), downgrade: Downgrade(downgrade.sql))
    ])
  }

  func leads(_ upgrade: DraftScript, back downgrade: DraftScript) -> Bool {
    // Another order is only tried: where it fails, the first one stands.
    (try? lead(upgrade, back: downgrade)) != nil
  }

  /// - Throws: `MigrationError` where the upgrade does not reach the wanted schema, or the downgrade the one before.
  func lead(_ upgrade: DraftScript, back downgrade: DraftScript) throws {
    let connection = try Connection.inMemory()
    let lineage = drafted(upgrade, downgrade)
    try lineage.build(on: connection)
    try compare(wanted, on: connection)
    let sandbox = Sandbox(connection)
    try sandbox.enter()
    defer { sandbox.leave() }
    let place = StepFailure(direction: .downgrade, id: id, name: name, cause: "")
    try connection.transaction(.deferred) {
      try sandbox.run(as: .stored) { try StepRunner(connection, sandbox).execute(downgrade.sql, at: place) }
    }
    try compare(head, on: connection)
  }

  private func compare(_ expected: Schema, on connection: Connection) throws {
    let found = try Schema.read(from: connection)
    let difference = SchemaDifference.between(expected: expected, found: found, kind: .exact)
    guard difference.isEmpty else { throw MigrationError.notConverged(difference.words) }
  }

  func verdict(_ upgrade: DraftScript, back downgrade: DraftScript) throws -> Verdict {
    // Only the new one is asked after.
    let known = Dictionary(lineage.ids.map { ($0, Verdict.lossless) }, uniquingKeysWith: { $1 })
    return try LineageTrial(drafted(upgrade, downgrade)).verdicts(known: known)[id] ?? .unproven("it was not tried")
  }
}
