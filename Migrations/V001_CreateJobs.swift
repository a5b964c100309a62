// What is to run: a command, and when.
import Tidemark

struct V001_CreateJobs: Migration {
  var upgrade: Upgrade {
    """
    CREATE TABLE jobs (
      id INTEGER PRIMARY KEY,
      role TEXT NOT NULL,
      environment TEXT NOT NULL,
      name TEXT NOT NULL UNIQUE,
      command TEXT NOT NULL,
      cron TEXT,
      created_at INTEGER NOT NULL
    )
    """
  }
  var downgrade: Downgrade { "DROP TABLE jobs" }
}
