CREATE TABLE host_attributes (
  host TEXT NOT NULL,
  name TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (host, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE "jobs" (
  id INTEGER PRIMARY KEY,
  role TEXT NOT NULL,
  environment TEXT NOT NULL,
  name TEXT NOT NULL,
  command TEXT NOT NULL,
  schedule TEXT,
  created_at INTEGER NOT NULL,
  cpu REAL NOT NULL DEFAULT 0.1,
  ram_mb INTEGER NOT NULL DEFAULT 64,
  lock_name TEXT, command_hash TEXT,
  UNIQUE (role, environment, name)
);

CREATE TABLE tasks (
  id INTEGER PRIMARY KEY,
  job INTEGER NOT NULL REFERENCES jobs(id) ON DELETE CASCADE,
  state TEXT NOT NULL CHECK (state IN
    ('pending', 'starting', 'running', 'finished', 'failed', 'killed', 'lost')),
  host TEXT,
  pid INTEGER,
  pid_stamp TEXT,
  exit_status INTEGER,
  kill_requested_at INTEGER, role TEXT);

CREATE TABLE locks (
  name TEXT PRIMARY KEY,
  task INTEGER NOT NULL REFERENCES tasks(id) ON DELETE CASCADE,
  acquired_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE quotas (
  role TEXT PRIMARY KEY,
  cpu REAL NOT NULL CHECK (cpu >= 0),
  ram_mb INTEGER NOT NULL CHECK (ram_mb >= 0),
  tasks INTEGER NOT NULL CHECK (tasks >= 0)
) STRICT, WITHOUT ROWID;

CREATE TABLE task_events (
  id INTEGER PRIMARY KEY,
  task INTEGER NOT NULL REFERENCES tasks(id) ON DELETE CASCADE,
  at INTEGER NOT NULL,
  event TEXT NOT NULL CHECK (event IN
    ('pending', 'starting', 'running', 'finished', 'failed', 'killed', 'lost')),
  detail TEXT
);

CREATE INDEX locks_by_task ON locks(task);

CREATE INDEX task_events_by_task ON task_events(task, event, at);

CREATE INDEX tasks_by_job ON tasks(job);

CREATE INDEX tasks_live ON tasks(state) WHERE state IN ('pending', 'starting', 'running');

CREATE VIEW job_overview(job, role, environment, name, schedule, live_tasks, last_task, last_state) AS
SELECT jobs.id, jobs.role, jobs.environment, jobs.name, jobs.schedule,
  (SELECT count(*) FROM tasks WHERE tasks.job = jobs.id AND tasks.state IN ('pending', 'starting', 'running')),
  (SELECT max(tasks.id) FROM tasks WHERE tasks.job = jobs.id),
  (SELECT tasks.state FROM tasks WHERE tasks.job = jobs.id ORDER BY tasks.id DESC LIMIT 1)
FROM jobs;

CREATE TRIGGER release_locks AFTER UPDATE OF state ON tasks
WHEN new.state IN ('finished', 'failed', 'killed', 'lost')
BEGIN
  DELETE FROM locks WHERE task = new.id;
END;
