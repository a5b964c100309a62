// How many statements there are in an SQL text.

extension Tokenizer {
  /// The statements of a text. A trigger, which has statements within it, is one: SQLite takes it to end with `; END ;`
  /// (https://sqlite.org/c3ref/complete.html).
  public static func statementCount(of sql: String) -> Int {
    var tokens = Tokenizer(sql)
    var count = 0
    // The words of the statement at hand, as far as they tell whether it is a trigger, and the last two.
    var head: [String] = []
    var last = ("", "")
    while let token = tokens.next() {
      let word = tokens.text(of: token).uppercased()
      if word == ";" {
        let isTrigger = head.first == "CREATE" && head.dropFirst().contains("TRIGGER")
        if !head.isEmpty, !isTrigger || last == (";", "END") {
          count += 1
          head = []
        }
      } else if head.count < 3 {
        head.append(word)
      }
      last = (last.1, word)
    }
    return head.isEmpty ? count : count + 1
  }
}
