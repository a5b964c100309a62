// The text of schema.sql: a heading for whoever opens the file, then the database as a script.
internal import TidemarkSQLite
internal import TidemarkSchema

enum FoldScript {
  /// The database's schema and rows. The same migrations give the same bytes.
  static func write(from database: Connection, lineage: Lineage, through id: MigrationID) throws -> String {
    let title = "\(id) \(lineage[id]?.name ?? "")".split(whereSeparator: \.isNewline).joined(separator: " ")
    let name = lineage.name.split(whereSeparator: \.isNewline).joined(separator: " ")
    var text = """
      -- The baseline of the lineage \(name): a new database starts here, and has what the migrations
      -- through \(title) made, the rows they inserted included. Then the migrations in Migrations/ run.
      --
      -- Written by folding those migrations; Migrations/retired.sql keeps what databases that ran them are told by.
      -- A change of the schema is a new migration, not an edit of this file: databases that exist never run it.


      """
    // The two numbers in a database's header that are its application's own (https://sqlite.org/pragma.html).
    for pragma in headerPragmas {
      let number = try database.value("PRAGMA \(pragma)", as: Int64.self) ?? 0
      if number != 0 { text += "PRAGMA \(pragma) = \(number);\n\n" }
    }
    return text + (try SchemaScript.write(from: database, includeData: true))
  }

  static let headerPragmas = ["application_id", "user_version"]
}
