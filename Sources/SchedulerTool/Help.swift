// The help of the program and of its verbs.

/// What `--help` prints.
enum Help {
  static let text = """
    OVERVIEW: A small scheduler of jobs, whose database Tidemark keeps in step with the build.

    USAGE: scheduler <verb> [options]

    VERBS:
      run      Start the scheduler on a database
      submit   Add a job, or change it; one without a schedule runs at once
      list     Show the jobs
      tasks    Show what ran
      kill     End a task

    See 'scheduler <verb> --help' for the options of a verb.
    """

  static func text(of verb: Verb) -> String {
    switch verb {
    case .run:
      """
      OVERVIEW: Start the scheduler. The database is created, migrated or rolled back to the schema of this build first.
      It runs until SIGTERM; tasks are ended then, and a snapshot is taken.

      USAGE: scheduler run --database PATH [--store DIR] [options]

      OPTIONS:
        --database PATH        The database (SCHEDULER_DATABASE)
        --store DIR            Where snapshots go and are restored from
        --on-missing WHAT      The database is not there: refuse when there are snapshots (default), create,
                               restore-newest
        --on-damage WHAT       The database cannot be read: refuse (default), restore
        --snapshot-every TIME  Take one every 30s, 10m, 6h or 1d, and at shutdown
        --grace TIME           How long a task may take to end (default: 10s)
        --quota R=N[,C[,M]]    Role R runs N tasks at once, on C cores, with M MiB; may be repeated
        --attribute K=V        Something to know of this host; may be repeated
        --logs DIR             Keep what tasks print, a file each
      """
    case .submit:
      """
      OVERVIEW: Add a job, or change the one of that role, environment and name.

      USAGE: scheduler submit --database PATH [options] ROLE/ENVIRONMENT/NAME COMMAND

      OPTIONS:
        --database PATH   The database (SCHEDULER_DATABASE)
        --schedule LINE   When, in cron's five fields, in UTC; without it, once and now
        --cpu CORES       What a task takes of its role's quota (default: 0.1)
        --ram MIB         The same in memory (default: 64)
        --lock NAME       Tasks with the same lock never run at once
        --json            One JSON object on standard output
      """
    case .list:
      """
      OVERVIEW: Show the jobs.

      USAGE: scheduler list --database PATH [--json]
      """
    case .tasks:
      """
      OVERVIEW: Show what ran and runs, newest first.

      USAGE: scheduler tasks --database PATH [--job ROLE/ENVIRONMENT/NAME] [--limit N] [--json]
      """
    case .kill:
      """
      OVERVIEW: End tasks. The scheduler sees to it when it runs, or when it is started next.

      USAGE: scheduler kill --database PATH [--json] TASK...
      """
    }
  }
}
