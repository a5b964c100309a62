// Styles, tables, units and pages: what people see.

import Testing
import TidemarkCommands

@Suite struct RenderingTests {
  @Test(
    arguments: [
      (0, "0 B"), (999, "999 B"), (1000, "1.00 kB"), (12_345, "12.3 kB"), (999_499, "999 kB"), (999_600, "1.00 MB"),
      (640_000_000, "640 MB"), (1_030_000_000, "1.03 GB"), (.max, "9223372 TB"),
    ] as [(Int64, String)])
  func sizes(bytes: Int64, words: String) { #expect(Units.size(bytes) == words) }

  @Test(
    arguments: [
      (0, "0.00 ms"), (0.00042, "0.42 ms"), (0.84, "840 ms"), (0.99949, "999 ms"), (0.9997, "1.00 s"),
      (12.34, "12.3 s"),
      (59.94, "59.9 s"), (59.96, "1 min"), (125, "2 min 5 s"), (11_520, "3 h 12 min"), (356_400, "4 d 3 h"),
      (-1, "0.00 ms"),
    ] as [(Double, String)])
  func durations(seconds: Double, words: String) { #expect(Units.duration(seconds) == words) }

  @Test(
    arguments: [
      (3, "just now"), (300, "5 min ago"), (7300, "2 h ago"), (200_000, "2 d ago"), (-600, "in 10 min"),
    ] as [(Double, String)])
  func ages(seconds: Double, words: String) { #expect(Units.age(seconds) == words) }

  @Test(
    arguments: [
      (2.634, 2, "2.63"), (2.636, 2, "2.64"), (0.5, 0, "1"), (-0.001, 2, "0.00"), (-2.5, 1, "-2.5"), (1.05, 3, "1.050"),
      (.infinity, 2, "inf"),
    ] as [(Double, Int, String)])
  func fixedNumbers(value: Double, digits: Int, words: String) { #expect(Units.fixed(value, digits) == words) }

  @Test(arguments: [Double.nan, .infinity, -.infinity, .greatestFiniteMagnitude])
  func numbersThatAreNoneDoNotStopTheTool(value: Double) {
    #expect(!Units.duration(value).isEmpty)
    #expect(!Units.age(value).isEmpty)
    #expect(!Units.rate(value).isEmpty)
    #expect(!Units.fixed(value, 2).isEmpty)
  }

  @Test func counts() {
    #expect(Units.count(1, "migration") == "1 migration")
    #expect(Units.count(0, "migration") == "0 migrations")
    #expect(Units.count(2, "index", plural: "indices") == "2 indices")
  }

  @Test func columnsAreAlignedWhateverTheScript() {
    var table = Table(.init("Name"), .init("Size", .right), .init("Note"))
    table.add("a", "1.03 GB", "old")
    table.add("日本", StyledText("5 B", .good), "")
    table.add("e\u{301}te")
    #expect(
      table.lines(styled: false) == [
        "NAME     SIZE  NOTE",
        "a     1.03 GB  old",
        "日本      5 B",
        "e\u{301}te",
      ])
  }

  @Test func stylesDoNotMoveColumns() {
    var table = Table(.init("A"), .init("B"))
    table.add(StyledText("x", .bad), "y")
    table.add("long", "z")
    let plain = table.lines(styled: false)
    let bare = table.lines(styled: true).map { line in
      line.replacing(/\u{1B}\[[0-9]*m/, with: "")
    }
    #expect(bare == plain)
    #expect(table.lines(styled: true)[1].hasPrefix("\u{1B}[31mx\u{1B}[0m"))
  }

  @Test func aLastColumnThatDoesNotFitATerminalIsBroken() {
    var table = Table(.init("ID", .right), .init("Note"))
    table.add("1", "one two three four five six seven eight")
    #expect(
      table.lines(styled: false, width: 26) == [
        "ID  NOTE", " 1  one two three four", "    five six seven eight",
      ])
  }

  @Test(
    arguments: [
      ("a\u{1B}[31mb", "a\\u{1b}[31mb"), ("a\nb\tc\r", "a\\nb\\tc\\r"), ("\u{9B}31m", "\\u{9b}31m"),
      ("ab\u{202E}cd", "ab\\u{202e}cd"), ("naïve 日本 🚢", "naïve 日本 🚢"),
    ])
  func controlCharactersAreShownNotObeyed(text: String, shown: String) {
    #expect(StyledText(text).rendered(styled: false) == shown)
    #expect(StyledText(text, .bad).rendered(styled: true) == "\u{1B}[31m\(shown)\u{1B}[0m")
    var failure = Failure(code: "x", "x")
    failure.reason = text
    #expect(!failure.words(styled: false).dropFirst("error: x\n".count).contains { $0 == "\u{1B}" || $0 == "\u{9B}" })
  }

  @Test func verbatimTextIsUntouchedInAFileAndHarmlessOnATerminal() {
    var file = Page()
    file.verbatim("SELECT '\u{1B}[2J';\n\tx")
    #expect(file.text == "SELECT '\u{1B}[2J';\n\tx\n")
    var terminal = Page(isTerminal: true)
    terminal.verbatim("SELECT '\u{1B}[2J';\n\tx")
    #expect(terminal.text == "SELECT '\\u{1b}[2J';\n\tx\n")
  }

  @Test func pagesHaveFieldsAndParagraphs() {
    var page = Page(width: 30)
    page.fields([("size", "1 MB"), ("schema", StyledText("head", .good))], indent: 2)
    page.paragraph("one two three four five six seven", indent: 2)
    #expect(page.text == "  size    1 MB\n  schema  head\n  one two three four five six\n  seven\n")
  }

  @Test(
    arguments: [
      ([:], true, [], true), ([:], false, [], false), (["NO_COLOR": "1"], true, [], false),
      (["NO_COLOR": ""], true, [], true), (["TERM": "dumb"], true, [], false), ([:], true, ["--no-color"], false),
    ] as [([String: String], Bool, [String], Bool)])
  func coloursAreForTerminalsThatWantThem(
    environment: [String: String], terminal: Bool, options: [String], coloured: Bool
  ) async {
    let result = await Sample.program().ended(
      ["verify", "a"] + options, environment: environment, outputIsTerminal: terminal)
    #expect(result.output.contains("\u{1B}[") == coloured)
    let failure = await Sample.program().ended(
      ["bogus"] + options, environment: environment, errorIsTerminal: terminal)
    #expect(failure.error.contains("\u{1B}[") == coloured)
  }

  @Test func notesAndDetailsGoToStandardError() async {
    let program = Sample.program(
      Sample.verb("talk") { invocation in
        invocation.note("a \(1, .strong) note")
        invocation.detail("a detail")
        return NothingMore()
      })
    #expect(await program.ended(["talk"]).error == "a 1 note\n")
    #expect(await program.ended(["talk", "-v"]).error == "a 1 note\na detail\n")
    #expect(await program.ended(["talk", "-q"]).error == "")
  }
}
