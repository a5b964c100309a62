// What a task of a job takes from its role's quota.
import Tidemark

struct V004_AddJobResources: Migration {
  var upgrade: Upgrade {
    """
    ALTER TABLE jobs ADD COLUMN cpu REAL NOT NULL DEFAULT 0.1;
    ALTER TABLE jobs ADD COLUMN ram_mb INTEGER NOT NULL DEFAULT 64;
    """
  }
  var downgrade: Downgrade {
    """
    ALTER TABLE jobs DROP COLUMN ram_mb;
    ALTER TABLE jobs DROP COLUMN cpu;
    """
  }
}
