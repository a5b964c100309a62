// Why a database was not altered: refused for its rows, or failed with all as it was. The one place that has the words.

/// An alteration that was refused, or failed.
public enum AlterError: Error, Sendable, Hashable {
  /// Rows that there are would not fit the wanted tables.
  case doesNotFit([AlterObstacle])
  /// Something would be destroyed, and nobody has allowed just that.
  case wouldLose(plan: String, [AlterLoss], doubts: [String])
  /// The database is kept by a lineage, no migration of which would know of it.
  case managed(lineage: String)
  /// The database can only be read.
  case readOnly
  /// Another program is at the database.
  case busy(waited: Double)
  /// A statement failed.
  case failed(sql: String, cause: String)
  /// The statements ran and did not lead to the wanted schema.
  case notReached([String])
  /// Rows would be left that refer to missing ones.
  case foreignKeys([String])
  /// It was cancelled.
  case cancelled

  /// A stable name for programs.
  public var code: String {
    switch self {
    case .doesNotFit: "does-not-fit"
    case .wouldLose: "would-lose"
    case .managed: "managed"
    case .readOnly: "read-only"
    case .busy: "busy"
    case .failed: "failed"
    case .notReached: "not-reached"
    case .foreignKeys: "foreign-keys"
    case .cancelled: "cancelled"
    }
  }

  /// Whether it is a refusal for safety, and not a failure.
  public var isRefusal: Bool {
    switch self {
    case .doesNotFit, .wouldLose, .managed, .busy, .foreignKeys: true
    case .readOnly, .failed, .notReached, .cancelled: false
    }
  }

  /// What failed, and why.
  public var message: String {
    switch self {
    case .doesNotFit(let obstacles):
      "rows that there are do not fit the wanted schema:" + Self.lines(obstacles.map(\.words))
    case .wouldLose(let plan, let losses, let doubts):
      "plan \(plan) would lose data for good:" + Self.lines(losses.map(\.words) + doubts)
    case .managed(let lineage):
      "the database is kept by the lineage \"\(lineage)\", and no migration of it would know of the change"
    case .readOnly: "the database can only be read"
    case .busy(let seconds):
      "another program is working on the database, and was not done within "
        + (seconds < 1 ? "\(Int(seconds * 1000)) ms" : "\(Int(seconds)) s")
    case .failed(let sql, let cause): "a statement failed: \(cause)\n  \(sql)"
    case .notReached(let differences):
      "the statements ran and did not lead to the wanted schema:" + Self.lines(differences)
    case .foreignKeys(let violations): "rows would be left without those they refer to:" + Self.lines(violations)
    case .cancelled: "cancelled"
    }
  }

  /// What is as it was before.
  public var untouched: String { "the database is as it was" }

  /// What to do next.
  public var hint: String {
    switch self {
    case .doesNotFit: "mend or move these rows, or let the schema allow them"
    case .wouldLose(let plan, _, _): "--accept-loss \(plan) allows exactly this on exactly these rows"
    case .managed:
      "edit head.sql and run 'tidemark new', so that every database gets the change; "
        + "--development alters this one all the same, and 'migrate' refuses it until it is as before"
    case .readOnly: "check the rights of the file and its folder"
    case .busy: "run it again when that program is done, or wait longer for it"
    case .failed: "mend the schema, or the rows that the statement stumbles over"
    case .notReached: "compare both with 'tidemark diff', and state the statements yourself"
    case .foreignKeys: "delete or move these rows first"
    case .cancelled: "run it again when it suits"
    }
  }

  private static func lines(_ lines: [String]) -> String { lines.map { "\n  " + $0 }.joined() }
}

extension AlterError: CustomStringConvertible {
  /// Message and hint.
  public var description: String { "\(message)\n\(hint)" }
}
