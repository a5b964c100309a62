// How results and failures are said: once, on the right stream, with the right status, as words or as one JSON object.

import Foundation
import Testing
import TidemarkCommands

@Suite struct OutcomeTests {
  static let refusal = Failure(
    code: "migrate.foreign", "jobs.db was not migrated", reason: "it belongs to the lineage 'billing'",
    untouched: "jobs.db is as it was", hint: "name the database of this service with --database",
    details: ["lineage": "billing", "ids": .array([1, 2])], status: .refused)

  static func failing(_ error: any Error) -> Program { Sample.program(Sample.verb("fail") { _ in throw error }) }

  @Test func failureHasALineForEachPartOnStandardError() async {
    let ended = await Self.failing(Self.refusal).ended(["fail"])
    #expect(ended.status == 2)
    #expect(ended.output == "")
    #expect(
      ended.error == """
        refused: jobs.db was not migrated
        why: it belongs to the lineage 'billing'
        untouched: jobs.db is as it was
        next: name the database of this service with --database

        """)
  }

  @Test func failureIsOneObjectOnStandardOutputWithJSON() async throws {
    let ended = await Self.failing(Self.refusal).ended(["fail", "--json"])
    #expect(ended.status == 2)
    #expect(ended.error == "")
    let error = try #require(try ended.json()["error"] as? [String: Any])
    #expect(error["code"] as? String == "migrate.foreign")
    #expect(error["message"] as? String == "jobs.db was not migrated")
    #expect(error["hint"] as? String == "name the database of this service with --database")
    #expect(error["status"] as? Int == 2)
    #expect((error["details"] as? [String: Any])?["ids"] as? [Int] == [1, 2])
  }

  @Test(arguments: [["--json", "nonsense"], ["nonsense", "--json"], ["restore", "--level", "x", "--json"]])
  func wrongUsageIsOneObjectToo(arguments: [String]) async throws {
    let ended = await Sample.program().ended(arguments)
    #expect(ended.status == 64)
    #expect(ended.error == "")
    let error = try #require(try ended.json()["error"] as? [String: Any])
    #expect(error["code"] as? String == "usage")
    #expect((error["usage"] as? String)?.hasPrefix("tidemark ") == true)
  }

  @Test func jsonBehindTheDashesIsNoOption() async {
    let ended = await Sample.program().ended(["restore", "a", "--", "--json"])
    #expect(ended.status == 64)
    #expect(ended.output == "")
  }

  @Test func resultIsOneObjectWithJSON() async throws {
    let ended = await Sample.program().ended(["verify", "a/b", "--json", "-q"])
    #expect(ended.output == "{\n  \"words\" : [\n    \"a/b\"\n  ]\n}\n")
  }

  @Test func quietLeavesOutNewsButNotAnswers() async {
    let news = await Sample.program().ended(["copy", "a", "b", "--quiet"])
    #expect(news.output == "")
    let answer = await Sample.program().ended(["verify", "a", "--quiet"])
    #expect(answer.output == "a\n")
  }

  @Test func anUnknownErrorIsStillSaid() async {
    struct Odd: Error {}
    let ended = await Self.failing(Odd()).ended(["fail"])
    #expect(ended.status == 1)
    #expect(ended.error == "error: Odd()\n")
  }

  @Test func theProgramExplainsErrorsOfTheFloorsBelow() async {
    struct Odd: Error {}
    var program = Self.failing(Odd())
    program.explain = { $0 is Odd ? Failure(code: "odd", "an odd thing", status: .refused) : nil }
    let ended = await program.ended(["fail"])
    #expect(ended.status == 2)
    #expect(ended.error == "refused: an odd thing\n")
  }

  @Test func aVerbMayFindItsUsageWrong() async {
    let ended = await Self.failing(UsageError.other("FROM without TO")).ended(["fail"])
    #expect(ended.status == 64)
    #expect(ended.error.hasPrefix("error: FROM without TO\nusage: tidemark fail [options]\n"))
  }

  @Test func aReportCanCarryItsStatus() async {
    struct Damaged: Report {
      var status: Outcome { .failed }
      func render(on page: inout Page) { page.line("1 damaged") }
    }
    let ended = await Sample.program(Sample.verb("look") { _ in Damaged() }).ended(["look"])
    #expect(ended.status == 1)
    #expect(ended.output == "1 damaged\n")
  }

  @Test(arguments: [(SIGINT, 130), (SIGTERM, 143), (SIGHUP, 129)] as [(Int32, Int32)])
  func aSignalEndsWithItsStatus(signal: Int32, status: Int32) async throws {
    let interruption = Interruption()
    let program = Sample.program(
      Sample.verb("work") { invocation in
        for step in 0... {
          if step == 3 { interruption.raise(signal) }
          try invocation.interruption.check()
        }
        return NothingMore()
      })
    let ended = await program.ended(["work"], interruption: interruption)
    #expect(ended.status == status)
    #expect(ended.error.contains("untouched: what was begun has been rolled back"))
  }

  @Test func onlyTheFirstSignalCounts() {
    let interruption = Interruption()
    #expect(throws: Never.self) { try interruption.check() }
    #expect(interruption.raise(SIGTERM))
    #expect(!interruption.raise(SIGINT))
    #expect(throws: Interrupted(signal: SIGTERM)) { try interruption.check() }
  }

  @Test(arguments: [[], ["--json"]])
  func lostOutputIsAFailure(options: [String]) async {
    let ended = await Sample.program().ended(["verify", "a"] + options, outputFails: ENOSPC)
    #expect(ended.status == 1)
    #expect(ended.error.contains("standard output could not be written"))
  }

  @Test func aReaderThatGoesIsNone() async {
    let ended = await Sample.program().ended(["verify", "a"], outputFails: EPIPE)
    #expect(ended.status == 0)
    #expect(ended.error == "")
  }
}
