// Changes of a schema in words: the same in every verb that shows them.

import Tidemark

/// The words for changes of schemas.
enum ChangeWords {
  /// A change: what becomes of an object, and below it what is different.
  static func render(_ change: SchemaChange, on page: inout Page) {
    let title = "\(change.type.rawValue) \(change.name)"
    let rebuilt: StyledText = change.isRebuilt ? StyledText(" (made anew, rows and all)", .dim) : ""
    switch change.kind {
    case .added: page.line("\("+", .good) \(title)")
    case .removed: page.line("\("-", .bad) \(title)")
    case .changed: page.line("\("~", .notice) \(title)\(rebuilt)")
    case .renamed:
      page.line(
        "\("~", .notice) \(change.type.rawValue) \(change.formerName ?? "") renamed to \(change.name)\(rebuilt)")
    }
    for detail in change.details { page.line("    \(detail)") }
  }
}
