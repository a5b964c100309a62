// What people ask first: how a job is doing.
import Tidemark

struct V012_CreateJobOverview: Migration {
  var upgrade: Upgrade {
    """
    CREATE VIEW job_overview(job, role, environment, name, schedule, live_tasks, last_task, last_state) AS
    SELECT jobs.id, jobs.role, jobs.environment, jobs.name, jobs.schedule,
      (SELECT count(*) FROM tasks WHERE tasks.job = jobs.id AND tasks.state IN ('pending', 'starting', 'running')),
      (SELECT max(tasks.id) FROM tasks WHERE tasks.job = jobs.id),
      (SELECT tasks.state FROM tasks WHERE tasks.job = jobs.id ORDER BY tasks.id DESC LIMIT 1)
    FROM jobs
    """
  }
  var downgrade: Downgrade { "DROP VIEW job_overview" }
}
