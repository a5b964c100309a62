// What a start makes of the tasks that an earlier scheduler left.
internal import Tidemark

extension Scheduler {
  /// Adopts what still runs, and records as lost what is gone.
  func recover(_ registry: Registry) throws {
    for task in try registry.live() {
      let now = Timestamp.now()
      if let other = task.host, other != host {
        try lose(task, registry, at: now, "it ran on \(other); this is \(host)")
      } else if let pid = task.pid, let stamp = task.stamp, Processes.stamp(of: pid) == stamp {
        processes[task.id] = TaskProcess(pid: pid, key: task.key, adoptedStamp: stamp)
        tell(.adopted(task.id, task.key, pid: pid))
      } else if task.state == .starting, task.pid == nil {
        // Its process never came through the gate: it has not run, so it may run now.
        try registry.putBack(task.id, at: now, "the scheduler ended before it ran")
        tell(.task(task.id, task.key, .pending, detail: "the scheduler ended before it ran"))
      } else {
        try lose(task, registry, at: now, "its process was gone when the scheduler came back")
      }
    }
  }

  private func lose(_ task: LiveTask, _ registry: Registry, at now: Timestamp, _ why: String) throws {
    try registry.end(task.id, .lost, at: now, why)
    tell(.task(task.id, task.key, .lost, detail: why))
  }
}
