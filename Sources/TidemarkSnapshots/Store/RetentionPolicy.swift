// Which snapshots are kept: a pure function of their times.

/// What retention keeps. A snapshot that any rule wants is kept.
public struct RetentionPolicy: Sendable, Hashable, Codable {
  /// The newest so many.
  public var last: Int
  /// The newest of each hour, for the newest so many hours that have one. All periods are in UTC.
  public var hourly: Int
  /// The newest of each day.
  public var daily: Int
  /// The newest of each week, which begins on Monday.
  public var weekly: Int
  /// The newest of each month.
  public var monthly: Int

  /// A policy; 0 for a rule that keeps nothing.
  public init(last: Int = 0, hourly: Int = 0, daily: Int = 0, weekly: Int = 0, monthly: Int = 0) {
    self.last = last
    self.hourly = hourly
    self.daily = daily
    self.weekly = weekly
    self.monthly = monthly
  }

  /// Whether no rule keeps anything.
  public var isEmpty: Bool { last <= 0 && hourly <= 0 && daily <= 0 && weekly <= 0 && monthly <= 0 }

  /// Decides.
  /// - Parameter times: the times of the snapshots, in any order.
  /// - Returns: for each the rules that keep it, such as "daily"; none for one that may go.
  public func reasons(for times: [Timestamp]) -> [[String]] {
    var reasons = [[String]](repeating: [], count: times.count)
    let newestFirst = times.indices.sorted { times[$0] > times[$1] }
    for place in newestFirst.prefix(max(0, last)) { reasons[place].append("last") }
    let rules: [(String, Int, (Timestamp) -> Int64)] = [
      ("hourly", hourly, { $0.hour }), ("daily", daily, { $0.day }), ("weekly", weekly, { $0.week }),
      ("monthly", monthly, { $0.month }),
    ]
    for (name, count, period) in rules where count > 0 {
      var left = count
      var previous: Int64?
      for place in newestFirst where left > 0 && period(times[place]) != previous {
        previous = period(times[place])
        reasons[place].append(name)
        left -= 1
      }
    }
    return reasons
  }
}
