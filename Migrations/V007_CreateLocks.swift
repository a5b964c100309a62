// Jobs that name the same lock never run at once. A task that is over lets its lock go, whoever ended it.
import Tidemark

struct V007_CreateLocks: Migration {
  var upgrade: Upgrade {
    """
    ALTER TABLE jobs ADD COLUMN lock_name TEXT;

    CREATE TABLE locks (
      name TEXT PRIMARY KEY,
      task INTEGER NOT NULL REFERENCES tasks(id) ON DELETE CASCADE,
      acquired_at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX locks_by_task ON locks(task);

    CREATE TRIGGER release_locks AFTER UPDATE OF state ON tasks
    WHEN new.state IN ('finished', 'failed', 'killed', 'lost')
    BEGIN
      DELETE FROM locks WHERE task = new.id;
    END;
    """
  }
  var downgrade: Downgrade {
    """
    DROP TRIGGER release_locks;
    DROP TABLE locks;
    ALTER TABLE jobs DROP COLUMN lock_name;
    """
  }
}
