// What a role may use at once, and what the hosts are like.
import Tidemark

struct V003_CreateQuotas: Migration {
  var upgrade: Upgrade {
    """
    CREATE TABLE quotas (
      role TEXT PRIMARY KEY,
      cpu REAL NOT NULL CHECK (cpu >= 0),
      ram_mb INTEGER NOT NULL CHECK (ram_mb >= 0),
      tasks INTEGER NOT NULL CHECK (tasks >= 0)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE host_attributes (
      host TEXT NOT NULL,
      name TEXT NOT NULL,
      value TEXT NOT NULL,
      PRIMARY KEY (host, name)
    ) STRICT, WITHOUT ROWID;
    """
  }
  var downgrade: Downgrade {
    """
    DROP TABLE host_attributes;
    DROP TABLE quotas;
    """
  }
}
