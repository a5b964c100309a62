// Quotas are counted by the role that a task ran under, without going through its job. There may be many tasks, so they
// are filled in after the service is up; until a row has been, its job tells.
import Tidemark

struct V010_RecordTaskRoles: Migration {
  var upgrade: Upgrade {
    [
      "ALTER TABLE tasks ADD COLUMN role TEXT",
      .batched(
        table: "tasks", key: "id", size: 500,
        """
        UPDATE tasks SET role = (SELECT role FROM jobs WHERE jobs.id = tasks.job)
        WHERE role IS NULL AND id BETWEEN :first AND :last
        """),
    ]
  }
  var downgrade: Downgrade { "ALTER TABLE tasks DROP COLUMN role" }
}
