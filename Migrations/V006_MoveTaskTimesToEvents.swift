// A task has more moments than its start and its end: both become events, and others can follow. The way back takes
// the first start and the last end; the older schema has no room for the rest.
// tidemark: allow destructive: both times have become events before they go
// tidemark: allow mixed: the columns go in the same step, so the rows cannot be left for later
import Tidemark

struct V006_MoveTaskTimesToEvents: Migration {
  var upgrade: Upgrade {
    """
    CREATE TABLE task_events (
      id INTEGER PRIMARY KEY,
      task INTEGER NOT NULL REFERENCES tasks(id) ON DELETE CASCADE,
      at INTEGER NOT NULL,
      event TEXT NOT NULL CHECK (event IN
        ('pending', 'starting', 'running', 'finished', 'failed', 'killed', 'lost')),
      detail TEXT
    );
    CREATE INDEX task_events_by_task ON task_events(task, event, at);

    INSERT INTO task_events(task, at, event)
      SELECT id, started_at, 'running' FROM tasks WHERE started_at IS NOT NULL ORDER BY id;
    INSERT INTO task_events(task, at, event)
      SELECT id, finished_at, CASE WHEN state IN ('failed', 'killed', 'lost') THEN state ELSE 'finished' END
      FROM tasks WHERE finished_at IS NOT NULL ORDER BY id;

    ALTER TABLE tasks DROP COLUMN finished_at;
    ALTER TABLE tasks DROP COLUMN started_at;
    """
  }
  var downgrade: Downgrade {
    """
    ALTER TABLE tasks ADD COLUMN started_at INTEGER;
    ALTER TABLE tasks ADD COLUMN finished_at INTEGER;

    UPDATE tasks SET
      started_at = (SELECT min(at) FROM task_events WHERE task = tasks.id AND event = 'running'),
      finished_at = (
        SELECT max(at) FROM task_events
        WHERE task = tasks.id AND event IN ('finished', 'failed', 'killed', 'lost'));

    DROP TABLE task_events;
    """
  }
}
