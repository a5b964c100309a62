// A name was unique among all jobs; now it is so within its role and environment. SQLite drops no constraint of a table
// that is there, so the table is made anew.
//
// The older schema has room for one job of a name. On the way back the oldest keeps it, and the others carry their id
// behind a `~`, which the scheduler accepts in no name. On the way up such a name is given back.
// tidemark: allow mixed: there are as many jobs as people have written, and few of such names
import Tidemark

struct V009_KeyJobsByRole: Migration {
  var upgrade: Upgrade {
    """
    PRAGMA legacy_alter_table = ON;

    CREATE TABLE jobs_new (
      id INTEGER PRIMARY KEY,
      role TEXT NOT NULL,
      environment TEXT NOT NULL,
      name TEXT NOT NULL,
      command TEXT NOT NULL,
      schedule TEXT,
      created_at INTEGER NOT NULL,
      cpu REAL NOT NULL DEFAULT 0.1,
      ram_mb INTEGER NOT NULL DEFAULT 64,
      lock_name TEXT,
      UNIQUE (role, environment, name)
    );
    INSERT INTO jobs_new(id, role, environment, name, command, schedule, created_at, cpu, ram_mb, lock_name)
      SELECT id, role, environment, name, command, schedule, created_at, cpu, ram_mb, lock_name FROM jobs ORDER BY id;
    DROP TABLE jobs;
    ALTER TABLE jobs_new RENAME TO jobs;

    UPDATE OR IGNORE jobs SET name = substr(name, 1, instr(name, '~') - 1)
    WHERE name = substr(name, 1, instr(name, '~') - 1) || '~' || id
      AND EXISTS (
        SELECT 1 FROM jobs AS older
        WHERE older.id < jobs.id AND older.name = substr(jobs.name, 1, instr(jobs.name, '~') - 1));
    """
  }
  var downgrade: Downgrade {
    """
    PRAGMA legacy_alter_table = ON;

    CREATE TABLE jobs_old (
      id INTEGER PRIMARY KEY,
      role TEXT NOT NULL,
      environment TEXT NOT NULL,
      name TEXT NOT NULL UNIQUE,
      command TEXT NOT NULL,
      schedule TEXT,
      created_at INTEGER NOT NULL,
      cpu REAL NOT NULL DEFAULT 0.1,
      ram_mb INTEGER NOT NULL DEFAULT 64,
      lock_name TEXT
    );
    INSERT INTO jobs_old(id, role, environment, name, command, schedule, created_at, cpu, ram_mb, lock_name)
      SELECT id, role, environment,
        CASE WHEN EXISTS (SELECT 1 FROM jobs AS older WHERE older.id < jobs.id AND older.name = jobs.name)
          THEN name || '~' || id ELSE name END,
        command, schedule, created_at, cpu, ram_mb, lock_name
      FROM jobs ORDER BY id;
    DROP TABLE jobs;
    ALTER TABLE jobs_old RENAME TO jobs;
    """
  }
}
