// What holds of a table or of a column: each kind of constraint that SQLite has, with all that can be said of it.

extension Schema {
  /// A constraint of a column or of a table, and what else can stand behind a column's type.
  public struct Constraint: Sendable, Hashable {
    /// What happens to a row that breaks it (https://sqlite.org/lang_conflict.html).
    public enum Conflict: String, Sendable, Hashable {
      /// The statement's transaction ends.
      case rollback
      /// The statement is undone; what holds where nothing is said.
      case abort
      /// The statement stops where it is.
      case fail
      /// The row is passed over.
      case ignore
      /// The rows in the way are removed.
      case replace
    }

    /// One entry of a key: a column, or in an index an expression.
    public struct Term: Sendable, Hashable {
      /// The column's name, or the expression as written.
      public var expression: String
      /// The collation that is stated for it.
      public var collation: String?
      /// Whether it descends.
      public var isDescending: Bool

      /// An entry of a key.
      public init(expression: String, collation: String? = nil, isDescending: Bool = false) {
        self.expression = expression
        self.collation = collation
        self.isDescending = isDescending
      }
    }

    /// What a foreign key says.
    public struct Reference: Sendable, Hashable {
      /// The table that is referred to.
      public var table: String
      /// Its columns; none for its primary key.
      public var columns: [String]
      /// ON DELETE, ON UPDATE: `CASCADE`, `SET NULL` and so on, in capitals; nil where nothing is said.
      public var onDelete: String?
      /// ON UPDATE.
      public var onUpdate: String?
      /// MATCH, which SQLite reads and does not heed.
      public var match: String?
      /// `DEFERRABLE INITIALLY DEFERRED` and its like, in capitals; nil where nothing is said.
      public var deferral: String?
    }

    /// What it says.
    public enum Kind: Sendable, Hashable {
      /// PRIMARY KEY; of a column without terms, but for whether it descends.
      case primaryKey([Term], isDescending: Bool, isAutoincrement: Bool, onConflict: Conflict?)
      /// UNIQUE; of a column without terms.
      case unique([Term], onConflict: Conflict?)
      /// NOT NULL.
      case notNull(onConflict: Conflict?)
      /// NULL, which says nothing.
      case null(onConflict: Conflict?)
      /// CHECK, with its expression.
      case check(String, onConflict: Conflict?)
      /// DEFAULT, with its literal or its expression in parentheses.
      case defaultValue(String)
      /// COLLATE.
      case collate(String)
      /// GENERATED ALWAYS AS, with its expression.
      case generated(String, isStored: Bool)
      /// FOREIGN KEY with its columns; of a column without them: REFERENCES.
      case foreignKey([String], Reference)
      /// Something that this build has no word for, as written.
      case other(String)
    }

    /// Its name, where it has one.
    public var name: String?
    /// What it says.
    public var kind: Kind
    /// Its text on one line.
    public var sql: String
    /// What it means: the same bytes, the same constraint.
    var meaning: [UInt8]

    /// Whether it means the same as another one, however they are written.
    public func isSame(as other: Constraint) -> Bool { meaning == other.meaning }
  }
}
