// What `check` says: for people, for GitHub's annotations, as SARIF, as JSON.

import Tidemark

/// What was found, and what was looked at.
struct CheckReport: Report {
  /// How it is written.
  enum Format: String, Encodable, Sendable { case text, github, sarif }

  /// What is not as it should be.
  var findings: [CheckFinding]
  /// What is so for a reason.
  var allowed: [CheckFinding]
  /// How many migrations were looked at.
  var migrations: Int
  /// How many snapshots were brought to this build.
  var snapshots: Int
  /// What was not looked at, and why.
  var skipped: [String]
  var format: Format
  /// From the way a path was named to the way from the top of the working tree.
  var place: CheckPlace

  private enum CodingKeys: String, CodingKey { case findings, allowed, migrations, snapshots, skipped }

  var status: Outcome { findings.isEmpty ? .done : .failed }

  func render(on page: inout Page) {
    switch format {
    case .text: renderText(on: &page)
    case .github: page.verbatim(CheckFormats.github(self))
    case .sarif: page.verbatim(CheckFormats.sarif(self))
    }
  }

  private func renderText(on page: inout Page) {
    for finding in findings { render(finding, on: &page) }
    if page.verbose {
      for finding in allowed { render(finding, on: &page) }
    }
    for words in skipped { PlanWords.render(note: "not looked at: \(words)", on: &page) }
    let looked = [
      Units.count(migrations, "migration"), snapshots == 0 ? nil : Units.count(snapshots, "snapshot"),
    ].compactMap(\.self).joined(separator: " and ")
    let rest = allowed.isEmpty ? "" : ", \(allowed.count) allowed"
    page.line(
      findings.isEmpty
        ? "\("clean", .good): \(looked)\(rest)" : "\(Units.count(findings.count, "finding"), .bad) in \(looked)\(rest)")
  }

  private func render(_ finding: CheckFinding, on page: inout Page) {
    let style: Style = finding.allowed != nil ? .dim : finding.rule.isWarning ? .notice : .bad
    page.line("\(finding.path):\(finding.line): \(finding.rule.rawValue, style): ", followedBy: finding.message)
    if let why = finding.allowed {
      page.line("    \("allowed:", .dim) \(why)")
    } else {
      page.line("    \("next:", .dim) \(finding.advice)")
    }
  }
}

extension CheckRule {
  /// Whether it is the author's to judge.
  var isWarning: Bool { isAllowable && ![.released, .lossyDowngrade, .unprovenDowngrade].contains(self) }
}
