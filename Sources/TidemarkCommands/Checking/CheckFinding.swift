// One thing that `check` found: where, by which rule, what, and what to do.

/// A finding.
struct CheckFinding: Sendable, Hashable, Encodable {
  var rule: CheckRule
  /// The file, as it was named.
  var path: String
  /// The line, counted from 1.
  var line: Int
  /// What is not as it should be.
  var message: String
  /// What to do about it.
  var advice: String
  /// Why it is allowed at its place; nil where it is not.
  var allowed: String?
  /// The line on which its statement begins.
  var statement: Int

  private enum CodingKeys: String, CodingKey { case rule, path, line, message, advice, allowed }

  init(
    _ rule: CheckRule, _ path: String, line: Int = 1, statement: Int? = nil, _ message: String, advice: String? = nil
  ) {
    self.rule = rule
    self.path = path
    self.line = line
    self.message = message
    self.advice = advice ?? rule.advice
    self.statement = statement ?? line
  }
}
