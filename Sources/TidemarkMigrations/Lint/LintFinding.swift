// One thing about a migration that its author should look at again.

/// What a look at a migration found, at a line of one of its texts.
package struct LintFinding: Sendable, Hashable {
  /// The rules, by the words that allow them.
  package enum Rule: String, Sendable, Hashable, CaseIterable {
    case destructive
    case notNull = "not-null"
    case unique
    case rename
    case bigRebuild = "big-rebuild"
    case typeChange = "type-change"
    case foreignKeyIndex = "foreign-key-index"
    case nondeterministic
    case mixed
    case positional
    case ownTable = "own-table"
    case unknownFunction = "unknown-function"
    case unknownCollation = "unknown-collation"
    case tooNew = "too-new"
  }

  /// The rule.
  package var rule: Rule
  /// The text that it was found in; nil for the migration as a whole.
  package var sql: String?
  /// Whether that is the downgrade's.
  package var isDowngrade = false
  /// The line of the text, counted from 1.
  package var line = 1
  /// The line on which its statement begins.
  package var statement = 1
  /// What was found, in words.
  package var message: String
}
