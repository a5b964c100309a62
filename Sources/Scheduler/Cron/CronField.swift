// One field of a cron line: which numbers it takes, and what they are called.

/// A kind of field.
struct CronField {
  /// What it is called in messages.
  let name: String
  private let range: ClosedRange<Int>
  private let names: [String]
  /// The number of the first name.
  private let firstName: Int

  static let minute = CronField(name: "minute", range: 0...59, names: [], firstName: 0)
  static let hour = CronField(name: "hour", range: 0...23, names: [], firstName: 0)
  static let day = CronField(name: "day of the month", range: 1...31, names: [], firstName: 1)
  static let month = CronField(
    name: "month", range: 1...12,
    names: ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"], firstName: 1)
  static let weekday = CronField(
    name: "day of the week", range: 0...7, names: ["sun", "mon", "tue", "wed", "thu", "fri", "sat"], firstName: 0)

  /// What is wrong with a field.
  struct Fault: Error {
    var words: String
  }

  /// The numbers that a field stands for, a bit each.
  func bits(of text: Substring) throws -> UInt64 {
    try text.split(separator: ",", omittingEmptySubsequences: false).reduce(0) { try $0 | entry($1) }
  }

  private func entry(_ part: Substring) throws -> UInt64 {
    let pieces = part.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    guard let span = pieces.first, !span.isEmpty else { throw Fault(words: "an entry is empty") }
    var step = 1
    if pieces.count == 2 {
      guard let number = number(pieces[1]), (1...range.upperBound).contains(number) else {
        throw Fault(words: "'\(pieces[1])' is no step from 1 to \(range.upperBound)")
      }
      step = number
    }
    var bits: UInt64 = 0
    for number in stride(from: try lower(span), through: try upper(span, stepped: pieces.count == 2), by: step) {
      bits |= 1 << UInt64(number)
    }
    guard bits != 0 else { throw Fault(words: "'\(span)' runs backwards") }
    return bits
  }

  private func lower(_ span: Substring) throws -> Int {
    if span == "*" { return range.lowerBound }
    return try value(span.prefix { $0 != "-" })
  }

  private func upper(_ span: Substring, stepped: Bool) throws -> Int {
    if span == "*" { return range.upperBound == 7 ? 6 : range.upperBound }
    guard let dash = span.firstIndex(of: "-") else {
      // `5/15` means from 5 on.
      return stepped ? range.upperBound : try value(span)
    }
    let last = span[span.index(after: dash)...]
    // In `fri-sun` Sunday ends the week.
    return range.upperBound == 7 && last.lowercased() == "sun" ? 7 : try value(last)
  }

  private func value(_ text: Substring) throws -> Int {
    if let index = names.firstIndex(of: text.lowercased()) { return firstName + index }
    guard let number = number(text) else {
      throw Fault(words: "'\(text)' is no number\(names.isEmpty ? "" : " or name")")
    }
    guard range.contains(number) else {
      throw Fault(words: "\(text) is not from \(range.lowerBound) to \(range.upperBound)")
    }
    return number
  }

  /// One or two digits: `Int` would take signs too.
  private func number(_ text: Substring) -> Int? {
    (1...2).contains(text.utf8.count) && text.utf8.allSatisfy { (0x30...0x39).contains($0) } ? Int(text) : nil
  }
}
