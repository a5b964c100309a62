// The way back, which is always stored as text: the build that needs it does not have the code.

/// How a migration is undone.
public struct Downgrade: Sendable, Hashable, ExpressibleByStringInterpolation {
  package enum Kind: Sendable, Hashable {
    case sql(String)
    case derived
    case irreversible(String)
    case recorded
  }

  package var kind: Kind

  /// SQL, any number of statements; an empty text says that there is nothing to undo.
  public init(stringLiteral value: String) { kind = .sql(value) }
  /// SQL, any number of statements; an empty text says that there is nothing to undo.
  public init(_ sql: String) { kind = .sql(sql) }
  private init(kind: Kind) { self.kind = kind }

  /// Drafted by Tidemark from the schema before and after the upgrade, and stored like any other; what a migration has
  /// that states none.
  ///
  /// What the upgrade made is dropped, what it changed is altered back, and what it renamed by ALTER TABLE … RENAME is
  /// renamed back. It cannot undo a change of rows that were there before: such an upgrade fails when it is applied, and
  /// everything is rolled back. Rows of new tables, and values of new columns, go with those.
  public static let derived = Downgrade(kind: .derived)

  /// There is no way back.
  /// - Parameter why: shown to whoever asks for it.
  public static func irreversible(_ why: String) -> Downgrade { Downgrade(kind: .irreversible(why)) }

  /// The inverse of the rows that the upgrade changes, as they were when it ran: recorded in the database, so that no
  /// code and no SQL is needed. What it adds to the schema is dropped again too.
  ///
  /// For changes of data by code that no SQL takes back. Each table that it writes to needs a PRIMARY KEY without NULL; what
  /// it drops cannot be recorded; either fails the upgrade. When it is undone, rows that were changed since stay as they
  /// are, and the report counts them. The old values of the changed rows are kept in the database, and in memory while
  /// the upgrade runs.
  public static var recorded: Downgrade { Downgrade(kind: .recorded) }

  /// Whether the way back is recorded when the upgrade runs.
  package var isRecorded: Bool { kind == .recorded }

  /// Whether the text is made when the upgrade runs.
  package var isDerived: Bool { kind == .derived }
  /// The text to store; nil for an irreversible one, and one that is yet to be derived.
  package var sql: String? { if case .sql(let text) = kind { text } else { nil } }
  /// Why there is no way back; nil where there is one.
  package var reason: String? { if case .irreversible(let why) = kind { why } else { nil } }
}
