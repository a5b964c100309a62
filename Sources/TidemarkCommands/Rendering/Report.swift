// What a verb has to say when it is done: one value that is words for people and one JSON object for programs.

/// How a command ended.
package enum Outcome: Int32, Sendable {
  /// Done.
  case done = 0
  /// Failed, and the database is as it was.
  case failed = 1
  /// Refused for safety; the message says what would allow it.
  case refused = 2
  /// What was compared differs, where that was asked for.
  case different = 3
  /// The command line cannot be understood.
  case usage = 64
}

/// What a verb returns. Encoded as it is for `--json`, rendered as words otherwise.
package protocol Report: Encodable, Sendable {
  /// Whether `--quiet` leaves it out. False for what was asked for (a list, a script), which is the default.
  var isNews: Bool { get }
  /// How the command ends; `.done` unless stated.
  var status: Outcome { get }
  func render(on page: inout Page)
}

extension Report {
  package var isNews: Bool { false }
  package var status: Outcome { .done }
}
