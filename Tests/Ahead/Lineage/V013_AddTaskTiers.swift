// Tasks get a tier, and the view shows it: a column, an index, and a view that is made anew.
internal import Tidemark

struct V013_AddTaskTiers: Migration {
  var upgrade: Upgrade {
    """
    ALTER TABLE tasks ADD COLUMN tier TEXT NOT NULL DEFAULT 'preemptible';
    CREATE INDEX tasks_by_tier ON tasks(tier, state);
    UPDATE tasks SET tier = 'preferred' WHERE job IN (SELECT id FROM jobs WHERE environment = 'prod');

    DROP VIEW job_overview;
    CREATE VIEW job_overview(job, role, environment, name, schedule, live_tasks, last_task, last_state, last_tier) AS
    SELECT jobs.id, jobs.role, jobs.environment, jobs.name, jobs.schedule,
      (SELECT count(*) FROM tasks WHERE tasks.job = jobs.id AND tasks.state IN ('pending', 'starting', 'running')),
      (SELECT max(tasks.id) FROM tasks WHERE tasks.job = jobs.id),
      (SELECT tasks.state FROM tasks WHERE tasks.job = jobs.id ORDER BY tasks.id DESC LIMIT 1),
      (SELECT tasks.tier FROM tasks WHERE tasks.job = jobs.id ORDER BY tasks.id DESC LIMIT 1)
    FROM jobs;
    """
  }
  var downgrade: Downgrade {
    """
    DROP VIEW job_overview;
    DROP INDEX tasks_by_tier;
    ALTER TABLE tasks DROP COLUMN tier;

    CREATE VIEW job_overview(job, role, environment, name, schedule, live_tasks, last_task, last_state) AS
    SELECT jobs.id, jobs.role, jobs.environment, jobs.name, jobs.schedule,
      (SELECT count(*) FROM tasks WHERE tasks.job = jobs.id AND tasks.state IN ('pending', 'starting', 'running')),
      (SELECT max(tasks.id) FROM tasks WHERE tasks.job = jobs.id),
      (SELECT tasks.state FROM tasks WHERE tasks.job = jobs.id ORDER BY tasks.id DESC LIMIT 1)
    FROM jobs;
    """
  }
}
