// The options that verbs which plan or run migrations share, so that one word means one thing in all of them.

import Tidemark

/// Options of verbs that plan or change.
enum PlanParameters {
  static let forwardOnly = Flag(
    "forward-only", help: "Refuse to undo anything, for those whose production only ever moves on.")
  static let strict = Flag(
    "strict", help: "Look at everything, and refuse drift: objects that no migration made.")
  static let strictOrder = Flag(
    "strict-order", help: "Refuse a change with an id below one that is applied already (merged branches).")
  static let require = Option(
    "require", "VERDICT", .choice("lossless"),
    help:
      "Refuse a step that is not proven to be this; 'lossless' is all there is to ask for, the attic's help included.")
  static let prove = Flag(
    "prove",
    help:
      "Prove each upgrade with the rows that there are before anything is touched: up, down and up again, in memory (up to 256 MiB)."
  )
  static let noLimit = Flag("no-limit", help: "Lift the bound on the work that stored SQL may do.")
  static let noAttic = Flag(
    "no-attic", help: "Keep nothing of what downgrades destroy; where that loses rows it is refused.")
  static let acceptLoss = Option(
    "accept-loss", "PLAN-ID", .text, help: "Lose what the refusal of just this plan, on just these rows, has named.")
  static let wait = Option(
    "wait", "TIME", .duration,
    help: "How long to wait for others that have the database in use: 30s, 5m. Ten seconds when left out.")
  static let dryRun = Flag("dry-run", short: "n", help: "Only show what would be done.")
  static let to = Option(
    "to", "ID", .migrationID, help: "Go to this migration instead of the last one, up or down.")
  static let sql = Flag("sql", help: "Show the SQL of each step.")

  /// What decides about a plan.
  static let planning: [any Parameter] = [forwardOnly, strictOrder, require, noAttic]
  /// What decides about a run.
  static let running: [any Parameter] = [
    forwardOnly, strict, strictOrder, require, prove, noAttic, acceptLoss, wait, noLimit,
  ]
}

/// The folder of migrations, for verbs that write files of a project.
enum ProjectParameters {
  static let migrations = Option(
    "migrations", "DIR", .path, default: "Migrations", help: "The folder of the migrations' Swift files.")
}
