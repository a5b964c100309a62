// What the author of a file allows at its place: `// tidemark: allow RULE: reason` in Swift, `-- tidemark: allow …` in SQL.

import Tidemark

/// The allowances of one file.
struct Allowances: Sendable {
  private struct Allowance: Sendable {
    var rule: CheckRule
    var reason: String
    /// The lines that it is about; nil for all of the file.
    var lines: ClosedRange<Int>?
  }

  private var allowances: [Allowance] = []
  /// Those that allow nothing, because they say no rule, or no reason.
  private(set) var findings: [CheckFinding] = []

  /// Those of a migration's file. One above the type is about the whole file, one above a property about that, any other
  /// about its line, or the line or statement right below.
  init(_ source: MigrationSource, at path: String) {
    for remark in source.remarks {
      read(
        remark.words, at: path, remark.line,
        about: remark.isAboveType ? nil : source.scope(ofCommentOn: remark.line))
    }
  }

  private mutating func read(_ words: String, at path: String, _ line: Int, about lines: ClosedRange<Int>?) {
    guard words.hasPrefix("allow") else {
      return findings.append(
        CheckFinding(.comment, path, line: line, "'tidemark: \(words)' says nothing that is known"))
    }
    let rest = words.dropFirst("allow".count)
    let id = rest.prefix { $0 != ":" }.filter { !$0.isWhitespace }
    let reason = rest.drop { $0 != ":" }.dropFirst().drop(while: \.isWhitespace)
    guard let rule = CheckRule(rawValue: id) else {
      return findings.append(CheckFinding(.allow, path, line: line, "there is no rule '\(id)'"))
    }
    guard rule.isAllowable else {
      return findings.append(
        CheckFinding(.allow, path, line: line, "the rule '\(id)' cannot be allowed: a database would come to harm"))
    }
    guard reason.contains(where: \.isLetter) else {
      return findings.append(CheckFinding(.allow, path, line: line, "'\(id)' is allowed without a reason"))
    }
    allowances.append(Allowance(rule: rule, reason: String(reason), lines: lines))
  }

  /// The finding, with the reason why it is allowed where it is.
  func applied(to finding: CheckFinding) -> CheckFinding {
    var finding = finding
    finding.allowed =
      allowances.first { allowance in
        allowance.rule == finding.rule
          && (allowance.lines.map { $0.contains(finding.line) || $0.contains(finding.statement) } ?? true)
      }?.reason
    return finding
  }
}
