// What SQLite advises for database files that somebody else may have made (https://sqlite.org/security.html), set on one
// connection.
internal import CTidemarkSQLite

extension Connection {
  /// The depth to which triggers fire triggers; SQLite's own bound is 1,000.
  private static let triggerDepth: Int32 = 100
  /// The length of a program that a statement compiles to: views within views grow by powers.
  private static let programLength: Int32 = 1_000_000
  /// The length of a LIKE or GLOB pattern in bytes: the work grows with the product of pattern and text.
  private static let patternLength: Int32 = 1_000
  /// The least bound for one value, in bytes.
  private static let leastLength: Int64 = 64 << 20

  /// Takes the content of the main database for what an attacker wrote: pages are checked when they are read, none is
  /// mapped into memory, SQL cannot write to the schema table, nothing can be attached, and values, programs, patterns and
  /// the depth of triggers are bounded.
  ///
  /// Functions and virtual tables that are not marked as safe stay usable from the schema (`trusted_schema`) where the
  /// library counts its own full-text and R-tree tables among them, as it did up to 3.40.
  /// - Throws: `SQLiteError`, also where the file is no database.
  public func distrustContent() throws {
    try execute("PRAGMA cell_size_check = ON; PRAGMA mmap_size = 0")
    try set(.defensive, true)
    if Self.marksItsTablesSafe { try set(.trustedSchema, false) }
    try limit(.attached, 0)
    try limit(.triggerDepth, Self.triggerDepth)
    try limit(.programLength, Self.programLength)
    try limit(.patternLength, Self.patternLength)
    // No value of the file is longer than the file. What a step makes of them may be somewhat longer.
    let pages: Int64 = try value("PRAGMA page_count") ?? 0
    let size: Int64 = try value("PRAGMA page_size") ?? 4096
    let length = max(Self.leastLength, pages.multipliedReportingOverflow(by: size * 2).partialValue)
    try limit(.length, Int32(clamping: length))
  }

  /// Whether full-text and R-tree tables may be used from views and triggers of a schema that is not trusted.
  private static let marksItsTablesSafe: Bool = {
    do {
      let probe = try Connection.inMemory()
      try probe.execute(
        """
        CREATE VIRTUAL TABLE f USING fts5(a); CREATE VIEW v AS SELECT * FROM f;
        CREATE VIRTUAL TABLE r USING rtree(a, b, c); CREATE VIEW w AS SELECT * FROM r;
        """)
      try probe.set(.trustedSchema, false)
      try probe.execute("SELECT * FROM v; SELECT * FROM w")
      return true
    } catch {
      // Not marked, or not built in: then the switch would break what is legitimate.
      return false
    }
  }()
}
