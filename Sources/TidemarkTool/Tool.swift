// The tool with the reference scheduler's lineage compiled in. A service's own tool looks just like it.

import SchedulerMigrations
import TidemarkCommands

@main
struct Tool {
  static func main() async { await TidemarkCommand.main(lineage: lineage) }
}
