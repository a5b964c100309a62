// The words of every migration error: what failed and why, and what to do next. The one place that has them.

extension MigrationError {
  /// A stable name for programs.
  public var code: String {
    switch self {
    case .foreign: "foreign"
    case .tooOld: "too-old"
    case .unfinished: "unfinished"
    case .noWayBack: "no-way-back"
    case .edited: "edited"
    case .unmanaged: "unmanaged"
    case .outOfOrder: "out-of-order"
    case .forwardOnly: "forward-only"
    case .altered: "altered"
    case .drift: "drift"
    case .notReversible: "not-reversible"
    case .notLossless: "not-lossless"
    case .rowsNotProven: "rows-not-proven"
    case .positional: "positional"
    case .newerFormat: "newer-format"
    case .damagedChangelog: "damaged-changelog"
    case .unknownTarget: "unknown-target"
    case .invalidLineage: "invalid-lineage"
    case .readOnly: "read-only"
    case .wouldLose: "would-lose"
    case .inTheWay: "in-the-way"
    case .busy: "busy"
    case .managed: "managed"
    case .nothingToAdopt: "nothing-to-adopt"
    case .halfApplied: "half-applied"
    case .notPlaced: "not-placed"
    case .ambiguousPlace: "ambiguous-place"
    case .nothingToFold: "nothing-to-fold"
    case .foldDiffers: "fold-differs"
    case .unfit: "unfit-downgrade"
    case .notRecorded: "not-recorded"
    case .stepFailed: "step-failed"
    case .underivable: "underivable"
    case .leftBehind: "left-behind"
    case .notConverged: "not-converged"
    case .foreignKeys: "foreign-keys"
    case .cancelled: "cancelled"
    case .backfillStopped: "backfill-stopped"
    }
  }

  /// Whether it is a refusal for safety, exit status 2, and not a failure, exit status 1.
  public var isRefusal: Bool {
    switch self {
    case .unfit, .notRecorded, .stepFailed, .underivable, .leftBehind, .notConverged, .foreignKeys, .cancelled,
      .invalidLineage, .backfillStopped, .readOnly:
      false
    default: true
    }
  }

  /// What failed, and why.
  public var message: String {
    switch self {
    case .foreign, .tooOld, .edited, .unmanaged, .altered, .drift: message(of: "the database")
    case .unfinished(let entries):
      "the backfill of \(Self.words(entries)) is not finished, and this build's baseline folded it away"
    case .noWayBack(let entries): "no way back from \(Self.words(entries))"
    case .outOfOrder(let late): "\(Self.words(late)) would be applied below an id that is applied already"
    case .forwardOnly(let undone): "\(Self.words(undone)) would have to be undone, and this build only moves forward"
    case .notReversible(let entry, let differences):
      "the downgrade of \(entry.words) does not lead back, tried on an empty copy of the schema:"
        + Self.lines(differences)
    case .notLossless(let entries): "the plan is to lose nothing, and of \(Self.words(entries)) that is not proven"
    case .rowsNotProven(let findings):
      "the plan was to be proven with the rows that there are, and is not:" + Self.lines(Self.first(20, of: findings))
    case .positional(let id, let name, let table):
      "\(id) \(name) goes by the position of columns, and those of \(table) stand in another order here"
    case .newerFormat(let needed):
      "the changelog is of format \(needed), this build reads up to \(Changelog.formatVersion)"
    case .damagedChangelog(let why): "the changelog cannot be trusted: \(why)"
    case .unknownTarget(let id, let known):
      known.isEmpty
        ? "this build has no migration \(id): it has none" : "this build has no migration \(id): it has \(known.list)"
    case .invalidLineage(let why): "the build's lineage is unusable: \(why)"
    case .readOnly: "the database can only be read, and the plan would change it"
    case .wouldLose(let plan, let losses): "plan \(plan) would lose data for good:" + Self.lines(losses)
    case .inTheWay(let object, let failure):
      "\(object), which no migration made, is in the way: \(failure.message)"
    case .busy(let occupation, let seconds):
      "another program is \(occupation.rawValue) \(occupation == .writing ? "to" : "from") the database, and was not "
        + "done within \(Self.words(seconds: seconds))"
    case .managed(let lineage): "the database has a changelog already, of the lineage \"\(lineage)\""
    case .nothingToAdopt(let others):
      "the database has nothing that could be adopted"
        + (others.isEmpty ? "" : ", only what another tool left:" + Self.lines(others))
    case .halfApplied(let tool, let what): "\(tool)'s record says that a change was left half done: \(what)"
    case .notPlaced(let place, let isNearest, let differences, let others):
      (isNearest
        ? "the database's schema is that of no migration of this build; the nearest is \(place), and it differs:"
        : "the database's schema is not that of \(place):") + Self.lines(Self.first(20, of: differences))
        + Self.read(others)
    case .ambiguousPlace(let places, let others):
      "the schema is the same at several migrations, as some change only rows:" + Self.lines(places)
        + Self.read(others)
    case .nothingToFold(let id): "there is nothing to fold: the baseline holds \(id) already"
    case .foldDiffers(let place, let differences):
      "folding would not give the same database (\(place)):" + Self.lines(differences)
    case .unfit(let migration, let findings):
      "the downgrade of \(migration.words) is not for an older build to run:" + Self.lines(findings)
    case .notRecorded(let migration):
      "the upgrade of \(migration.id) \(migration.name) cannot be recorded: \(migration.why ?? "")"
    case .stepFailed(let failure): failure.message
    case .underivable(let id, let name, let reasons):
      "the downgrade of \(id) \(name) cannot be derived from the schema before and after it:" + Self.lines(reasons)
    case .leftBehind(let entries, let differences):
      "the stored downgrade of \(Self.words(entries)) ran and did not undo it:" + Self.lines(differences)
    case .notConverged(let differences):
      "the plan ran and did not reach the schema this build was compiled for:" + Self.lines(differences)
    case .foreignKeys(let violations): "the plan would leave foreign keys without their rows:" + Self.lines(violations)
    case .cancelled: "cancelled"
    case .backfillStopped(let entry, let cause):
      "the plan is done, and the backfill of \(entry.words) is not: \(cause.message)"
    }
  }

  /// What failed, and why, said of something else than the database: of a snapshot that is to be restored.
  /// - Parameter subject: what it is called, such as "the snapshot".
  public func message(of subject: String) -> String {
    switch self {
    case .foreign(let database, let build):
      "\(subject) belongs to the lineage \"\(database)\", this build is of \"\(build)\""
    case .tooOld(let missing):
      "\(subject) is older than this build's baseline: it lacks \(missing.list), which the baseline folded"
    case .edited(let entries):
      "the upgrade of \(Self.words(entries)) was changed after it had been applied to \(subject)"
    case .unmanaged: "\(subject) has tables but no changelog, so what was applied to it is not known"
    case .altered(let differences):
      "the schema of \(subject) was changed by hand:" + Self.lines(differences)
    case .drift(let objects): "\(subject) has objects that no migration made:" + Self.lines(objects)
    default: message
    }
  }

  /// What is as it was before.
  public var untouched: String {
    switch self {
    // What names no database has touched none either.
    case .unknownTarget, .invalidLineage: "nothing was touched"
    case .nothingToFold, .foldDiffers: "no file was written or deleted"
    // No row of history can be written there.
    case .readOnly: "the database is as it was"
    case .backfillStopped: "the plan and the backfill's slices up to here are committed; the one that stopped is not"
    default: "the database is as it was" + (isRefusal ? "" : ", but for a row of its history")
    }
  }

  /// What to do next.
  public var hint: String {
    switch self {
    case .foreign: "Check the database's path; each lineage has databases of its own."
    case .tooOld(let missing):
      "Start the last build that still has \(missing.list) on this database once, then this build."
    case .unfinished(let entries):
      "Start the last build that still has \(entries.map(\.id).list) on this database, until its backfill is done."
    case .noWayBack: "Run a build that knows these changes, or restore a snapshot from before them."
    case .edited:
      "Put the upgrade back as it was and write a new migration for the change. Whitespace and comments may change."
    case .unmanaged: "Adopt the database (`tidemark adopt`), or point at an empty one."
    case .outOfOrder: "Leave out --strict-order to allow it, or renumber the migrations."
    case .forwardOnly: "Run a build that knows these changes, or leave out --forward-only."
    case .altered: "Undo the change by hand, or write a migration that makes it; `tidemark schema` shows both sides."
    case .drift: "Leave out --strict to leave them alone, or remove them."
    case .notReversible:
      "Correct the downgrade, leave it out to have it derived, or declare it .irreversible(\"why\"). Nothing was touched."
    case .notLossless: "Leave out --require lossless to run it all the same; a snapshot beforehand keeps what it loses."
    case .rowsNotProven: "Correct the downgrade, or leave out --prove to run it all the same."
    case .positional: "Name the columns in the migration's INSERT and SELECT."
    case .newerFormat: "Use a newer build of the tool or service."
    case .damagedChangelog: "Restore a snapshot, or look at the tidemark_* tables: something else has written them."
    case .unknownTarget: "`tidemark status` lists what this build knows."
    case .invalidLineage: "Mend the migrations and build again."
    case .readOnly: "Check the rights of the file and its folder."
    case .wouldLose(let plan, _):
      "--accept-loss \(plan) allows exactly this plan on exactly these rows; a build that knows the change keeps them."
    case .inTheWay(let object, _): "Drop \(object), or change it so that it fits, and start again."
    case .busy: "Run it again when that program is done, or wait longer for it."
    case .managed: "There is nothing to adopt; `tidemark status` shows where it stands."
    case .nothingToAdopt: "`tidemark migrate --create` makes a new database."
    case .halfApplied(let tool, _):
      "Finish or undo that change by hand, set \(tool)'s record right, and adopt it then."
    case .notPlaced(_, let isNearest, _, _):
      "Settle the difference by hand; `tidemark schema` shows what is there"
        + (isNearest ? "; or use the build whose schema it has." : "; or leave out --at to find where it stands.")
    case .ambiguousPlace: "Say which rows it has: --at ID, the last migration that was applied."
    case .nothingToFold: "Name a later migration; `tidemark status` lists them."
    case .foldDiffers: "Nothing was written. Fold through an earlier id, or settle the difference in a new migration."
    case .unfit:
      "Nothing was kept. Write it in SQL that any SQLite since the stated version runs alike, or say .irreversible."
    case .notRecorded:
      "State its downgrade as SQL, split it so that rows and schema change in migrations of their own, or say .irreversible."
    case .stepFailed(let failure): failure.hint
    case .underivable:
      "Nothing was kept. State the downgrade of the migration: as SQL, as .recorded, or as .irreversible(\"why\")."
    case .leftBehind:
      "Correct the downgrade in the build that has the migration, raise its `revision`, and start that build once."
    case .notConverged: "Compare `tidemark schema` of the database with that of the head."
    case .foreignKeys: "Delete or move the orphaned rows in the migration that orphans them."
    case .cancelled: "Run it again when it suits."
    case .backfillStopped(_, let cause):
      (cause == .cancelled ? "" : cause.hint + " ")
        + "The next `tidemark migrate`, or the service's start, goes on where it stands."
    }
  }

  /// What to do next about a snapshot that is to be restored.
  public var hintOnRestoring: String {
    let asIs = "`restore --as-is` restores it without looking at changelog and schema."
    return switch self {
    case .foreign: "Check which snapshot was named; each lineage has snapshots of its own. \(asIs)"
    case .unmanaged: "\(asIs) `tidemark adopt` then takes it over."
    case .tooOld(let missing): "Restore it with the last build that still has \(missing.list), then start this build."
    default: hint
    }
  }

  private static func words(seconds: Double) -> String {
    seconds < 1 ? "\(Int(seconds * 1000)) ms" : "\(Int(seconds)) s"
  }
  private static func words(_ named: [Named]) -> String { named.map(\.words).joined(separator: ", ") }
  private static func first(_ count: Int, of lines: [String]) -> [String] {
    lines.count <= count ? lines : lines.prefix(count) + ["and \(lines.count - count) more"]
  }
  /// What other tools had left.
  private static func read(_ others: [String]) -> String { others.map { "\nread in it: \($0)" }.joined() }
  private static func lines(_ lines: [String]) -> String { lines.map { "\n  " + $0 }.joined() }
}

extension MigrationError: CustomStringConvertible {
  /// Message and hint.
  public var description: String { "\(message)\n\(hint)" }
}

extension StepFailure {
  /// What failed, and why.
  public var message: String {
    let subject =
      switch direction {
      case .baseline: "the baseline"
      case .upgrade: "the upgrade of \(title)"
      case .downgrade: "the stored downgrade of \(title)"
      case .backfill: "the backfill of \(title)"
      case .replay: name
      }
    var place = ""
    if let statement { place = " at statement \(statement)" + (line.map { ", line \($0)" } ?? "") }
    return "\(subject) failed\(place): \(cause)" + (sql.map { "\n  \($0)" } ?? "")
  }

  private var title: String { id.map { "\($0) \(name)" } ?? name }

  /// What to do next.
  public var hint: String {
    if let remedy { return remedy }
    return switch direction {
    case .baseline: "Mend schema.sql and build again."
    case .upgrade, .backfill: "Mend the migration, or the rows it stumbles over, and start again."
    case .downgrade:
      "Start a build that knows this change, or correct its downgrade there, raise its `revision`, and start that build once."
    case .replay: "Drop the object by hand, or change it so that it fits the new table, and start again."
    }
  }
}
