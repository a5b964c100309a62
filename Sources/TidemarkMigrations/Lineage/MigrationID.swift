// The number of a migration: a sequence or a timestamp, both in one folder if need be.

/// A migration's number, 1…2⁶³−1. Written as an integer literal, printed bare.
public struct MigrationID: Hashable, Comparable, Sendable, Codable, ExpressibleByIntegerLiteral,
  CustomStringConvertible, LosslessStringConvertible
{
  /// The number. One below 1 makes the lineage invalid, which planning reports.
  public let rawValue: Int64

  /// A number.
  public init(_ rawValue: Int64) { self.rawValue = rawValue }
  /// A number as a literal.
  public init(integerLiteral value: Int64) { rawValue = value }

  /// A number from its decimal digits, leading zeros allowed; nil for anything else or one out of range.
  public init?(_ description: String) {
    guard !description.isEmpty, description.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
      let number = Int64(description), number > 0
    else { return nil }
    rawValue = number
  }

  /// Reads a bare number.
  public init(from decoder: any Decoder) throws { rawValue = try Int64(from: decoder) }
  /// Writes a bare number.
  public func encode(to encoder: any Encoder) throws { try rawValue.encode(to: encoder) }

  /// Orders by number.
  public static func < (left: MigrationID, right: MigrationID) -> Bool { left.rawValue < right.rawValue }
  /// The digits.
  public var description: String { String(rawValue) }
}

extension Sequence where Element == MigrationID {
  /// The numbers in one line, runs drawn together: "1–3, 7".
  public var list: String {
    var runs: [(first: MigrationID, last: MigrationID)] = []
    for id in Set(self).sorted() {
      if let last = runs.last, id.rawValue &- last.last.rawValue == 1 {
        runs[runs.count - 1].last = id
      } else {
        runs.append((id, id))
      }
    }
    return runs.map { run in
      if run.first == run.last { return "\(run.first)" }
      return run.last.rawValue - run.first.rawValue == 1 ? "\(run.first), \(run.last)" : "\(run.first)–\(run.last)"
    }.joined(separator: ", ")
  }
}
