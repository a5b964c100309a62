// A lineage with all that is hard to fold, and lineages made of a fold's texts as a build would make them.
import TidemarkMigrations
import TidemarkSQLite
import TidemarkSchema

/// Six migrations: rows, AUTOINCREMENT with a gap, a rebuild, a trigger, a view, FTS5 inside and outside, a text with
/// all that a literal can stumble over, an irreversible one, code.
enum Folding {
  static let all: [any Migration] = [
    Change(
      1, "CreateJobs",
      up: """
        CREATE TABLE jobs(id INTEGER PRIMARY KEY AUTOINCREMENT, role TEXT NOT NULL, env TEXT NOT NULL DEFAULT 'prod');
        INSERT INTO jobs(role) VALUES('www'), ('cache'), ('gone');
        DELETE FROM jobs WHERE role = 'gone';
        """, down: "DROP TABLE jobs"),
    Change(
      2, "AddHistory",
      up: """
        CREATE TABLE history(job INTEGER REFERENCES jobs(id), note, at REAL);
        INSERT INTO history(rowid, job, note, at) VALUES
          (10, 1, 'it''s' || char(13, 10) || 'two; lines -- not a comment', 0.1), (7, 2, x'00ff', 1e300), (9, NULL, NULL, 3);
        CREATE INDEX history_by_job ON history(job) WHERE job IS NOT NULL;
        """, down: "DROP TABLE history"),
    Change(
      3, "Watch",
      up: """
        CREATE TRIGGER jobs_added AFTER INSERT ON jobs BEGIN
          INSERT INTO history(job, note) VALUES(new.id, 'added');
        END;
        CREATE VIEW roles AS SELECT role, count(*) AS jobs FROM jobs GROUP BY role;
        INSERT INTO jobs(role) VALUES('db');
        """, down: "DROP VIEW roles; DROP TRIGGER jobs_added"),
    Change(
      4, "Search",
      up: """
        CREATE VIRTUAL TABLE notes USING fts5(title, body);
        INSERT INTO notes(rowid, title, body) VALUES(5, 'tide', 'high water mark'), (2, 'ebb', 'low water');
        CREATE VIRTUAL TABLE roles_found USING fts5(role, content='jobs', content_rowid='id');
        INSERT INTO roles_found(roles_found) VALUES('rebuild');
        """, down: "DROP TABLE roles_found; DROP TABLE notes"),
    Change(
      5, "DropEnv", up: "ALTER TABLE jobs DROP COLUMN env; PRAGMA user_version = 5",
      down: .irreversible("the environments are gone")),
    Change(
      6, "Owners",
      up: [
        "CREATE TABLE owners(name TEXT PRIMARY KEY, job INTEGER) WITHOUT ROWID",
        .run { try $0.run("INSERT INTO owners SELECT ?, id FROM jobs WHERE role = ?", "ops", "db") },
      ], down: "DROP TABLE owners"),
  ]

  static func lineage(through id: Int = 6) -> Lineage { Lineage(name: "test", migrations: Array(all.prefix(id))) }

  /// What the build plugin makes of a fold's two files and the migrations that are left.
  static func build(_ fold: BaselineFold, of lineage: Lineage) throws -> Lineage {
    let retired = try RetiredScript.read(fold.retiredSQL).map(RetiredMigration.init)
    return Lineage(
      name: fold.lineage, migrations: lineage.migrations.filter { $0.id > fold.through },
      baseline: Baseline(schema: fold.schemaSQL, retired: retired), head: nil, sources: [:])
  }

  static func code(_ body: () throws -> Void) -> String? { MigrationError.code(body) }
}

extension Scratch {
  /// Everything that is the service's own: schema without regard to layout, rows with their rowids, marks.
  func own() throws -> String {
    let connection = try open()
    let fingerprint = try Schema.read(from: connection).fingerprint(.exact).description
    let contents = try DatabaseContents(of: connection)
    let rows = contents.tables.values.sorted { $0.name < $1.name }.map { table in
      table.name + table.rows.sorted { $0.key < $1.key }.map { "\n  \($0.key): \($0.value)" }.joined()
    }
    return ([fingerprint, "\(contents.marks.sorted { $0.key < $1.key })"] + rows).joined(separator: "\n")
  }
}
