// The column was there for its index only; a partial index over the state finds what still runs in less space.
import Tidemark

struct V005_DropTaskIsOver: Migration {
  var upgrade: Upgrade {
    """
    DROP INDEX tasks_over;
    ALTER TABLE tasks DROP COLUMN is_over;
    CREATE INDEX tasks_live ON tasks(state) WHERE state IN ('pending', 'starting', 'running');
    """
  }
  var downgrade: Downgrade {
    """
    DROP INDEX tasks_live;
    ALTER TABLE tasks ADD COLUMN is_over INTEGER
      GENERATED ALWAYS AS (state IN ('finished', 'failed', 'killed', 'lost')) VIRTUAL;
    CREATE INDEX tasks_over ON tasks(is_over);
    """
  }
}
