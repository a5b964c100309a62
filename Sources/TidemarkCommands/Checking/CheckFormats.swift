// Findings for other programs: GitHub's workflow commands, and SARIF 2.1.0.

/// Writes findings for other programs.
enum CheckFormats {
  /// A line a finding, which GitHub shows at its place in a pull request
  /// (https://docs.github.com/actions/reference/workflow-commands-for-github-actions).
  static func github(_ report: CheckReport) -> String {
    let lines = report.findings.map { finding in
      let level = finding.rule.isWarning ? "warning" : "error"
      let place = "file=\(property(report.place.path(finding.path))),line=\(finding.line)"
      return "::\(level) \(place),title=\(property("tidemark: " + finding.rule.rawValue))::"
        + data("\(finding.message)\nnext: \(finding.advice)")
    }
    let notices = report.skipped.map { "::notice title=tidemark::" + data("not looked at: \($0)") }
    return (lines + notices).map { $0 + "\n" }.joined()
  }

  private static func data(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "%": result += "%25"
      case "\r": result += "%0D"
      case "\n": result += "%0A"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  private static func property(_ text: String) -> String {
    var result = ""
    for scalar in data(text).unicodeScalars {
      switch scalar {
      case ":": result += "%3A"
      case ",": result += "%2C"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  /// One run with its rules and results, those that are allowed as suppressed
  /// (https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html).
  static func sarif(_ report: CheckReport) -> String {
    let rules = CheckRule.allCases.map { rule in
      JSONValue.object([
        "id": .string(rule.rawValue), "shortDescription": text(rule.title), "help": text(rule.advice),
        "defaultConfiguration": .object(["level": .string(rule.isWarning ? "warning" : "error")]),
      ])
    }
    let log = JSONValue.object([
      "$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0",
      "runs": .array([
        .object([
          "tool": .object([
            "driver": .object([
              "name": "tidemark", "version": .string(TidemarkCommand.version), "rules": .array(rules),
            ])
          ]),
          "results": .array((report.findings + report.allowed).map { result($0, report.place) }),
        ])
      ]),
    ])
    do {
      return try JSON.text(log)
    } catch {
      // Strings and numbers always encode; should that ever fail, there is still a log.
      return "{\"version\": \"2.1.0\", \"runs\": []}\n"
    }
  }

  private static func result(_ finding: CheckFinding, _ place: CheckPlace) -> JSONValue {
    var result: [String: JSONValue] = [
      "ruleId": .string(finding.rule.rawValue), "level": .string(finding.rule.isWarning ? "warning" : "error"),
      "message": text("\(finding.message)\nnext: \(finding.advice)"),
      "locations": .array([
        .object([
          "physicalLocation": .object([
            "artifactLocation": .object(["uri": .string(uri(place.path(finding.path)))]),
            "region": .object(["startLine": .integer(Int64(finding.line))]),
          ])
        ])
      ]),
    ]
    if let why = finding.allowed {
      result["suppressions"] = .array([.object(["kind": "inSource", "justification": .string(why)])])
    }
    return .object(result)
  }

  private static func text(_ words: String) -> JSONValue { .object(["text": .string(words)]) }

  /// A path as a reference: what is no letter, digit or one of a few marks is percent-encoded.
  private static func uri(_ path: String) -> String {
    let plain = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/".utf8)
    return path.utf8.map { byte in
      if plain.contains(byte) { return String(UnicodeScalar(byte)) }
      let digits = String(byte, radix: 16, uppercase: true)
      return "%" + (digits.utf8.count == 1 ? "0" : "") + digits
    }.joined()
  }
}
