// What a trial of a lineage found.

/// What a trial of a lineage found, skipped and could not try.
public struct TrialReport: Sendable, Hashable, Codable, CustomStringConvertible {
  /// Something that is not as it should be.
  public struct Finding: Sendable, Hashable, Codable, CustomStringConvertible {
    /// The migration and the way that was tried: "12 AddTaskTier, up and down".
    public var subject: String
    /// What is wrong, a phrase each.
    public var words: [String]
    /// Subject and phrases.
    public var description: String { "\(subject): \(words.joined(separator: "; "))" }
  }

  /// Something that was not tried.
  public struct Skip: Sendable, Hashable, Codable, CustomStringConvertible {
    /// The migration, or the way.
    public var subject: String
    /// Why.
    public var reason: String
    /// Subject and reason.
    public var description: String { "\(subject) was skipped: \(reason)" }
  }

  /// What is not as it should be; empty for a sound lineage.
  public var findings: [Finding] = []
  /// What was not tried.
  public var skipped: [Skip] = []
  /// Tables for which no row could be made up, each with the reason; their rows' fate is not known.
  public var unfilled: Set<String> = []
  /// How many comparisons of schemas, and of schemas with rows, were made.
  public var comparisons = 0
  /// How many rows were followed up and down.
  public var rows = 0

  /// Nothing tried yet.
  public init() {}

  /// Whether nothing was found.
  public var isSound: Bool { findings.isEmpty }
  /// What was found and skipped, a line each.
  public var description: String {
    (findings.map(\.description) + skipped.map(\.description)).joined(separator: "\n")
  }

  mutating func note(_ subject: String, _ words: [String]) {
    comparisons += 1
    if !words.isEmpty { findings.append(Finding(subject: subject, words: words)) }
  }

  /// Runs a part of a trial. What it throws is a finding, but for a way back that is declared not to exist.
  mutating func attempt(_ subject: String, _ body: (inout TrialReport) throws -> Void) {
    do {
      try body(&self)
    } catch MigrationError.noWayBack(let entries) {
      skipped.append(Skip(subject: subject, reason: MigrationError.noWayBack(entries).message))
    } catch let error as LineageTrial.RowsDoNotFit {
      findings.append(Finding(subject: subject, words: [error.cause.message]))
    } catch let error as MigrationError {
      findings.append(Finding(subject: subject, words: [error.message]))
    } catch {
      findings.append(Finding(subject: subject, words: [String(describing: error)]))
    }
  }
}
