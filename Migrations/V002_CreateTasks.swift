// What ran: one row for each run of a job. Times are milliseconds since 1970, UTC; `pid_stamp` tells a process from
// another that was given the same pid later.
import Tidemark

struct V002_CreateTasks: Migration {
  var upgrade: Upgrade {
    """
    CREATE TABLE tasks (
      id INTEGER PRIMARY KEY,
      job INTEGER NOT NULL REFERENCES jobs(id) ON DELETE CASCADE,
      state TEXT NOT NULL CHECK (state IN
        ('pending', 'starting', 'running', 'finished', 'failed', 'killed', 'lost')),
      host TEXT,
      pid INTEGER,
      pid_stamp TEXT,
      exit_status INTEGER,
      kill_requested_at INTEGER,
      started_at INTEGER,
      finished_at INTEGER,
      is_over INTEGER GENERATED ALWAYS AS (state IN ('finished', 'failed', 'killed', 'lost')) VIRTUAL
    );
    CREATE INDEX tasks_by_job ON tasks(job);
    CREATE INDEX tasks_over ON tasks(is_over);
    """
  }
  var downgrade: Downgrade { "DROP TABLE tasks" }
}
