// The SQL that takes a database from one schema to another: plain text that needs no code. A function of two schemas;
// no database is asked.

/// The statements that take a database from one schema to another, and what they cannot carry over.
///
/// They are meant for a transaction with foreign keys off: inside one `PRAGMA foreign_keys` does nothing, and rows
/// that refer to a table which is made anew would go with it. Native ALTER is used where the SQLite at hand has it and
/// it leads to the very schema; else the table is rebuilt, after https://sqlite.org/lang_altertable.html#otheralter, from
/// the author's own text. A rebuild keeps rows, rowids, AUTOINCREMENT marks, planner statistics, indexes and triggers.
public struct SchemaAlteration: Sendable {
  /// Something whose content the statements do not carry over, under the table's name before them.
  public enum Loss: Sendable, Hashable {
    /// A table goes, with its rows. Not one that only indexes another's rows.
    case table(String)
    /// A column goes, with its values; or its values are computed from now on.
    case column(table: String, column: String)
    /// Tells what goes: `column jobs.note`.
    public var words: String {
      switch self {
      case .table(let name): "table \(name)"
      case .column(let table, let column): "column \(table).\(column)"
      }
    }
  }

  /// Something that only a table without rows can be given.
  public struct Demand: Sendable, Hashable {
    /// The table.
    public var table: String
    /// The column that is new there and has to have a value, but has no default.
    public var column: String
    /// The demand in words.
    public var words: String {
      "column \(table).\(column) may not be NULL and has no default, so rows that are there cannot take it"
    }
  }

  /// The statements in the order they run in, without semicolons.
  public internal(set) var statements: [String] = []
  /// What they do not carry over.
  public internal(set) var losses: [Loss] = []
  /// What holds only where tables are empty; one with rows fails there.
  public internal(set) var demands: [Demand] = []
  /// The tables that are made anew and filled from the old ones.
  public internal(set) var rebuilt: [String] = []
  /// The tables that are there before and after and change.
  package internal(set) var tables: [AlteredTable] = []
  /// What is different, object by object. Objects that only have to be made again are not among them.
  public internal(set) var changes: [SchemaChange] = []

  /// Whether the schemas mean the same.
  public var isEmpty: Bool { statements.isEmpty }

  /// The statements as one script.
  public var sql: String { statements.map { $0 + ";" }.joined(separator: "\n") }

  /// The statements that take a database from one schema to another. Objects that mean the same in both are left alone.
  /// - Parameters:
  ///   - from: what is there.
  ///   - to: what is wanted.
  ///   - renames: which of the tables and columns that are wanted are there under other names. A rename is never
  ///     guessed: without being told, what goes and what comes are two things.
  ///   - sqlite: the version of the SQLite that will run the statements, such as 3040001.
  ///   - mode: what is to become of a table that differs.
  /// - Throws: `SchemaError.unalterable` where no statements lead there.
  public static func make(
    from: Schema, to: Schema, renames: SchemaRenames = .none, sqlite: Int32, mode: AlterationMode = .alter
  ) throws -> SchemaAlteration {
    var maker = try AlterationMaker(from: from, to: to, renames: renames, sqlite: sqlite, mode: mode)
    return try maker.make()
  }
}
