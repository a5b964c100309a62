// A job without one runs when it is submitted, so the column is about when, not about cron.
// tidemark: allow rename: one process has the database, and an older build renames it back
import Tidemark

struct V008_RenameCronToSchedule: Migration {
  var upgrade: Upgrade { "ALTER TABLE jobs RENAME COLUMN cron TO schedule" }
  var downgrade: Downgrade { "ALTER TABLE jobs RENAME COLUMN schedule TO cron" }
}
