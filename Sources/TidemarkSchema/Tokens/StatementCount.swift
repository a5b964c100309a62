// Where statements end in an SQL text, and how many there are.

/// Tells, word by word, where a statement ends. A trigger, which has statements within it, ends with `; END ;`, as SQLite
/// takes it (https://sqlite.org/c3ref/complete.html).
struct StatementEnd {
  /// The statement's first words, as far as they tell whether it is a trigger.
  private var head: [String] = []
  private var last = ("", "")

  /// Whether words stand since the last end.
  var isWithin: Bool { !head.isEmpty }

  /// Whether a statement ends at this word, in upper case.
  mutating func ends(at word: String) -> Bool {
    defer { last = (last.1, word) }
    guard word == ";" else {
      if head.count < 3 { head.append(word) }
      return false
    }
    let isTrigger = head.first == "CREATE" && head.dropFirst().contains("TRIGGER")
    guard isWithin, !isTrigger || last == (";", "END") else { return false }
    head = []
    return true
  }
}

extension Tokenizer {
  /// The statements of a text; a trigger is one.
  public static func statementCount(of sql: String) -> Int {
    var tokens = Tokenizer(sql)
    var statement = StatementEnd()
    var count = 0
    while let token = tokens.next() {
      if statement.ends(at: tokens.text(of: token).uppercased()) { count += 1 }
    }
    return count + (statement.isWithin ? 1 : 0)
  }
}
