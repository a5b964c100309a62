// Hosts are taken out of service at times: a table, a trigger on an older table, and a row in one.
internal import Tidemark

struct V014_CreateMaintenanceWindows: Migration {
  var upgrade: Upgrade {
    """
    CREATE TABLE maintenance_windows (
      id INTEGER PRIMARY KEY,
      host TEXT NOT NULL,
      starts_at INTEGER NOT NULL,
      ends_at INTEGER NOT NULL CHECK (ends_at > starts_at),
      reason TEXT
    );
    CREATE INDEX maintenance_by_host ON maintenance_windows(host, starts_at);

    CREATE TRIGGER forget_windows AFTER DELETE ON host_attributes
    WHEN NOT EXISTS (SELECT 1 FROM host_attributes WHERE host = old.host)
    BEGIN
      DELETE FROM maintenance_windows WHERE host = old.host;
    END;

    INSERT INTO quotas(role, cpu, ram_mb, tasks) VALUES ('maintenance', 1, 512, 2) ON CONFLICT (role) DO NOTHING;
    """
  }
  var downgrade: Downgrade {
    """
    DELETE FROM quotas WHERE role = 'maintenance';
    DROP TRIGGER forget_windows;
    DROP TABLE maintenance_windows;
    """
  }
}
