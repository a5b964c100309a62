// The lineage of a build that is two migrations ahead of this package's: what the scheduler here has never seen.
internal import SchedulerMigrations
public import Tidemark

/// The scheduler's lineage with two migrations more.
public let aheadLineage = lineage.adding([V013_AddTaskTiers(), V014_CreateMaintenanceWindows()])
