// What a command line is understood as: values, defaults, the environment; and what is refused, in which words.

import Testing
import TidemarkCommands

@Suite struct CommandLineParsingTests {
  @Test(
    arguments: [
      (["restore"], ["my.db", "Snapshots", "latest", "-", "3", "", "false"]),
      (["restore", "x.lz4", "--level", "9"], ["my.db", "Snapshots", "x.lz4", "-", "9", "", "false"]),
      (["restore", "--at=a=b", "--store=S"], ["my.db", "S", "latest", "a=b", "3", "", "false"]),
      (["restore", "--tag", "a", "--tag=b", "-n"], ["my.db", "Snapshots", "latest", "-", "3", "a+b", "true"]),
      (["restore", "--database", "other.db"], ["other.db", "Snapshots", "latest", "-", "3", "", "false"]),
      (["--database", "other.db", "-v", "restore"], ["other.db", "Snapshots", "latest", "-", "3", "", "false"]),
      (["restore", "-nv", "-ofile"], ["my.db", "Snapshots", "latest", "-", "3", "", "true"]),
      (["restore", "--", "--at"], ["my.db", "Snapshots", "--at", "-", "3", "", "false"]),
      (["restore", "--", "--help"], ["my.db", "Snapshots", "--help", "-", "3", "", "false"]),
      (["restore", "-"], ["my.db", "Snapshots", "-", "-", "3", "", "false"]),
      (["restore", "--at=-1"], ["my.db", "Snapshots", "latest", "-1", "3", "", "false"]),
      (["--", "restore"], ["my.db", "Snapshots", "latest", "-", "3", "", "false"]),
      (["verify"], []),
      (["verify", "a", "--deep", "b"], ["a", "b"]),
      (["baseline", "--through", "12"], ["12"]),
      (["copy", "a", "b", "c"], ["a", "b", "c"]),
    ] as [([String], [String])])
  func understands(arguments: [String], words: [String]) async {
    let ended = await Sample.program().ended(arguments, environment: ["TIDEMARK_DATABASE": "my.db"])
    #expect(ended.status == 0)
    #expect(ended.error == "")
    #expect(ended.output == words.map { $0 + "\n" }.joined())
  }

  @Test func theEnvironmentStandsInAndAnOptionWins() async {
    let environment = ["TIDEMARK_DATABASE": "e.db", "TIDEMARK_STORE": "E"]
    let fromEnvironment = await Sample.program().ended(["restore"], environment: environment)
    #expect(fromEnvironment.output.hasPrefix("e.db\nE\n"))
    let fromOptions = await Sample.program().ended(["restore", "--store", "O"], environment: environment)
    #expect(fromOptions.output.hasPrefix("e.db\nO\n"))
  }

  @Test func anEmptyVariableIsNotSet() async {
    let ended = await Sample.program().ended(["restore"], environment: ["TIDEMARK_DATABASE": ""])
    #expect(ended.status == 64)
  }

  @Test(
    arguments: [
      (["restroe"], "there is no verb 'restroe'; did you mean 'restore'?"),
      (["zzz"], "there is no verb 'zzz'"),
      (["help", "verfy"], "there is no verb 'verfy'; did you mean 'verify'?"),
      (["help", "verify", "more"], "unexpected argument 'more'"),
      (["restore", "--dryrun"], "unknown option '--dryrun'; did you mean '--dry-run'?"),
      (["restore", "--zzzzzz"], "unknown option '--zzzzzz'"),
      (["restore", "--through", "3"], "unknown option '--through'; it belongs to 'baseline'"),
      (["restore", "-x"], "unknown option '-x'"),
      (["restore", "-nx"], "unknown option '-x'"),
      (["restore", "a", "b"], "unexpected argument 'b'"),
      (["restore", "--at"], "--at needs a value"),
      (["restore", "-o"], "--output needs a value"),
      (
        ["restore", "--at", "--dry-run"],
        "--at needs a value, and '--dry-run' looks like an option; if it is the value, write --at=--dry-run"
      ),
      (["restore", "--dry-run=yes"], "--dry-run takes no value"),
      (["restore", "--level", "10"], "--level: '10' is not a whole number from 1 to 9"),
      (["restore", "--level", "+3"], "--level: '+3' is not a whole number from 1 to 9"),
      (["restore", "--level", ""], "--level: '' is not a whole number from 1 to 9"),
      (
        ["restore", "--level", "99999999999999999999"],
        "--level: '99999999999999999999' is not a whole number from 1 to 9"
      ),
      (["restore", "--output="], "--output: '' is not a path"),
      (["restore", "--mode", "slow"], "--mode: 'slow' is not one of 'fast', 'safe'"),
      (["restore", "--every", "3"], "--every: '3' is not a length of time such as 250ms, 90s, 15m, 6h, 7d or 2w"),
      (["restore", "--at", "1", "--at", "2"], "--at is given more than once"),
      (["--store", "a", "restore", "--store", "b"], "--store is given more than once"),
      (["restore", "-n", "--dry-run"], "--dry-run is given more than once"),
      (["restore", "x", "--at", "1"], "SNAPSHOT and --at cannot be given together"),
      (["restore", "-q", "-v"], "--quiet and --verbose cannot be given together"),
      (["baseline"], "--through is missing"),
      (["baseline", "--through", "0"], "--through: '0' is not a whole number of at least 1"),
      (["copy", "a"], "TO is missing"),
      (["copy"], "FROM is missing"),
    ] as [([String], String)])
  func refuses(arguments: [String], words: String) async {
    let ended = await Sample.program().ended(arguments, environment: ["TIDEMARK_DATABASE": "my.db"])
    #expect(ended.status == 64)
    #expect(ended.output == "")
    let lines = ended.error.split(separator: "\n")
    #expect(lines.first == "error: \(words)")
    #expect(lines.dropFirst().first?.hasPrefix("usage: tidemark ") == true)
  }

  @Test func aVerbThatNeedsADatabaseSaysHowToNameIt() async {
    let ended = await Sample.program().ended(["restore"])
    #expect(ended.status == 64)
    #expect(ended.error.contains("no database is named: give --database PATH, or set TIDEMARK_DATABASE"))
    #expect(ended.error.contains("usage: tidemark restore [SNAPSHOT] --database PATH "))
  }

  @Test(
    arguments: [
      ("250ms", 250), ("90s", 90_000), ("15m", 900_000), ("6h", 21_600_000), ("7d", 604_800_000), ("2w", 1_209_600_000),
    ] as [(String, Int)])
  func readsLengthsOfTime(text: String, milliseconds: Int) throws {
    #expect(try Converter<Duration>.duration.convert(text) == .milliseconds(milliseconds))
  }

  @Test(arguments: ["", "s", "-1s", "1.5h", "1 h", "9223372036854775807w", "٣s"])
  func refusesOtherLengthsOfTime(text: String) {
    #expect(throws: ConversionError.self) { try Converter<Duration>.duration.convert(text) }
  }

  @Test(
    arguments: [
      ("snapshto", "snapshot"), ("snapshot", "snapshot"), ("snap", nil), ("base", "baseline"), ("stauts", "status"),
      ("x", nil), ("", nil),
    ] as [(String, String?)])
  func suggestsWhatIsNear(word: String, near: String?) {
    let verbs = ["snapshot", "snapshots", "status", "baseline", "schema"]
    #expect(Suggestion.nearest(to: word, among: verbs) == near)
  }

  @Test(
    arguments: [("", "abc", 3), ("abc", "abc", 0), ("ab", "ba", 1), ("kitten", "sitting", 3)] as [(String, String, Int)]
  )
  func countsEdits(left: String, right: String, distance: Int) {
    #expect(Suggestion.distance(left, right) == distance)
    #expect(Suggestion.distance(right, left) == distance)
  }
}
