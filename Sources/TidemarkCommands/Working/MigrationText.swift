// The Swift files of new migrations: a template, a draft, a backfill.

import Tidemark

/// The text of a new migration's file.
enum MigrationText {
  /// A migration that its author fills in.
  static func template(_ type: String) -> String {
    """
    import Tidemark

    struct \(type): Migration {
      var upgrade: Upgrade {
        \"""
        -- The change: any number of statements.
        \"""
      }
      // The way back is derived from the schema before and after, and stored in every database that has the change. State
      // it where rows that are there change, or where it loses something: as SQL, or as .irreversible("why").
      var downgrade: Downgrade { .derived }
    }

    """
  }

  /// A migration drafted from an edited head.
  static func drafted(_ type: String, _ draft: MigrationDraft) -> String {
    """
    import Tidemark

    struct \(type): Migration {
      var upgrade: Upgrade {
    \(literal(script(draft.upgrade, remarks: draft.remarks)))
      }
      var downgrade: Downgrade {
    \(literal(script(draft.downgrade, remarks: draft.remarksBack)))
      }
    }

    """
  }

  /// A backfill of a table's rows.
  /// - Parameters:
  ///   - table: a table that can be walked.
  ///   - key: the column to walk it by.
  ///   - size: rows in a slice.
  static func data(_ type: String, table: SchemaObject, key: String, size: Int) -> String {
    let column = table.columnTitles.first { $0 != key } ?? key
    let words = [
      "-- One slice, the rows from :first to :last; each is a transaction of its own, once the service is up.",
      "-- It may run again over rows that it has changed already, after a crash, so say which are left to change.",
      "UPDATE \(SQLName.write(table.name)) SET \(SQLName.write(column)) = \(SQLName.write(column))",
      "WHERE \(SQLName.write(key)) BETWEEN :first AND :last",
    ]
    let way =
      table.hasPrimaryKey
      ? """
        // The rows as they were, recorded while they are changed. Where SQL can say the way back, state it: it costs no room.
        var downgrade: Downgrade { .recorded }
      """
      : """
        // \(StyledText.printable(table.name)) has no primary key, so its changes cannot be recorded: state what takes them back, if anything is to.
        var downgrade: Downgrade { "" }
      """
    return """
      import Tidemark

      // What changes about the rows of \(StyledText.printable(table.name)), and why.
      struct \(type): Migration {
        var upgrade: Upgrade {
          .batched(
            table: \(quoted(table.name)), key: \(quoted(key)), size: \(size),
      \(literal(words.joined(separator: "\n"), indent: 6)))
        }
      \(way)
      }

      """
  }

  private static func script(_ script: DraftScript, remarks: [String]) -> String {
    func lines(_ statements: [String]) -> [String] { statements.map { $0 + ";" } }
    let isAboutRows = script.statements.contains { words in
      words.hasPrefix("CREATE TABLE ") || words.hasPrefix("ALTER TABLE ") || words.hasPrefix("DROP TABLE ")
    }
    var text = remarks.flatMap { $0.split(whereSeparator: \.isNewline) }.map { "-- \($0)" }
    text += lines(script.first)
    if isAboutRows {
      text.append(
        script.second.isEmpty
          ? "-- Statements of your own on the rows, where the change needs any."
          : "-- Statements of your own on the rows: what is new is there, and what goes is there still.")
    }
    return (text + lines(script.second)).joined(separator: "\n")
  }

  /// A multi-line string literal, indented; fenced where the text holds what would end it or escape.
  private static func literal(_ text: String, indent: Int = 4) -> String {
    let space = String(repeating: " ", count: indent)
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    let body = lines.map { $0.isEmpty ? "" : space + $0 }.joined(separator: "\n")
    let fence = fence(of: text, isNeeded: text.contains("\\") || text.contains("\"\"\""))
    return "\(space)\(fence)\"\"\"\n\(body)\n\(space)\"\"\"\(fence)"
  }

  /// A literal on one line.
  private static func quoted(_ text: String) -> String {
    let fence = fence(of: text, isNeeded: text.contains("\\") || text.contains("\""))
    return "\(fence)\"\(text)\"\(fence)"
  }

  private static func fence(of text: String, isNeeded: Bool) -> String {
    guard isNeeded else { return "" }
    var (longest, run) = (0, 0)
    for byte in text.utf8 {
      run = byte == UInt8(ascii: "#") ? run + 1 : 0
      longest = max(longest, run)
    }
    return String(repeating: "#", count: longest + 1)
  }
}

extension MigrationDraft {
  /// What the author has to see to on the way there.
  var remarks: [String] {
    losses.map { "\($0.words) goes with what it holds" }
      + demands.map { "\($0.words): give it a default, or a value in the INSERT below" }
  }

  /// What the author has to see to on the way back.
  var remarksBack: [String] {
    losses.map { "\($0.words) comes back empty: what it held is gone, unless statements of your own keep it" }
      + demandsBack.map { "\($0.words): give it a value in the INSERT below" }
  }
}
