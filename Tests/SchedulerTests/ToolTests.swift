// The command line of `scheduler`: what it prints, and the status it ends with.
import Foundation
import SchedulerMigrations
import TestProcesses
import Testing
import Tidemark

@Suite struct ToolTests {
  private func ready() throws -> Scratch {
    let scratch = try Scratch()
    try ManagedDatabase(scratch.database, lineage: lineage).migrate()
    return scratch
  }

  @Test func jobsAndTasksAreListedAsTablesAndAsJSON() throws {
    let scratch = try ready()
    let submitted = try scheduler(scratch, "submit", "--json", "web/prod/hello", "echo hi")
    #expect(submitted.status == 0)
    let outcome = try #require(try JSONSerialization.jsonObject(with: Data(submitted.output.utf8)) as? [String: Any])
    #expect(outcome["task"] as? Int == 1)
    #expect(try scheduler(scratch, "submit", "--schedule", "0 4 * * *", "ops/prod/night", "backup\n--all").status == 0)
    let list = try scheduler(scratch, "list").output.split(separator: "\n")
    #expect(list.count == 3)
    #expect(list[1].hasPrefix("ops/prod/night  0 4 * * *  0 ") && list[1].hasSuffix("backup --all"))
    let jobs = try JSONSerialization.jsonObject(with: Data(scheduler(scratch, "list", "--json").output.utf8))
    #expect(((jobs as? [String: Any])?["jobs"] as? [[String: Any]])?.last?["lastState"] as? String == "pending")
    let tasks = try JSONSerialization.jsonObject(
      with: Data(scheduler(scratch, "tasks", "--json", "--job", "web/prod/hello").output.utf8))
    #expect(((tasks as? [String: Any])?["tasks"] as? [[String: Any]])?.count == 1)
  }

  @Test func aJobSubmittedAgainIsChanged() throws {
    let scratch = try ready()
    try scheduler(scratch, "submit", "--schedule", "@daily", "web/prod/a", "one")
    try scheduler(scratch, "submit", "--schedule", "@hourly", "--cpu", "2", "web/prod/a", "two")
    #expect(try scratch.value("SELECT count(*) FROM jobs", as: Int.self) == 1)
    #expect(
      try scratch.value("SELECT command || schedule || cpu FROM jobs", as: String.self) == "two@hourly2.0")
  }

  @Test(arguments: [
    (["submit", "web/prod/a"], 64, "takes a job"), (["submit", "web/a", "true"], 1, "is no job"),
    (["submit", "web/prod/a~1", "true"], 1, "is no job's name"), (["submit", "web/prod/a", " "], 1, "empty"),
    (["submit", "--schedule", "61 * * * *", "web/prod/a", "true"], 1, "minute"),
    (["submit", "--cpu", "x", "web/prod/a", "true"], 64, "no number"),
    (["submit", "--cpu=-1", "web/prod/a", "true"], 1, "from 0"), (["list", "--nope"], 64, "--nope"),
    (["list", "extra"], 64, "not expected"), (["kill"], 64, "name the tasks"), (["kill", "x"], 64, "no task's number"),
    (["run", "--on-missing", "maybe"], 64, "restore-newest"), (["run", "--snapshot-every", "soon"], 64, "no time"),
    (["run", "--quota", "a=-1"], 64, "a=-1"), (["run", "--quota", "a=1,x"], 64, "ROLE=TASKS"),
    (["run", "--quota", "a"], 64, "NAME=VALUE"), (["run", "--attribute", "rack"], 64, "NAME=VALUE"),
    (["run", "--attribute", "=7"], 64, "NAME=VALUE"), (["run", "--on-damage", "restore"], 64, "--store"),
    (["tasks", "--job", "a/b/c"], 1, "no job a/b/c"),
  ])
  func whatMakesNoSenseIsSaidAndDoesNothing(line: [String], status: Int, word: String) throws {
    let scratch = try ready()
    let before = try Data(contentsOf: URL(filePath: scratch.database))
    let ended = try run([line[0], "--database", scratch.database] + line.dropFirst())
    #expect(Int(ended.status) == status)
    #expect(ended.errors.contains(word), "\(ended.errors)")
    #expect(ended.errors.contains("\nnext: "), "\(ended.errors)")
    #expect(ended.errors.contains("\nuntouched: ") == (status != 64), "\(ended.errors)")
    #expect(ended.output.isEmpty)
    #expect(try Data(contentsOf: URL(filePath: scratch.database)) == before)
  }

  @Test func anEmptyNameIsNoDatabase() throws {
    let ended = try run(["list", "--database", ""])
    #expect(ended.status == 64)
    #expect(ended.errors.contains("no path"))
  }

  @Test func aFailureIsOneJSONObjectWhereThatIsAskedFor() throws {
    let scratch = try Scratch()
    let ended = try scheduler(scratch, "list", "--json")
    #expect(ended.status == 1)
    let object = try JSONSerialization.jsonObject(with: Data(ended.output.utf8)) as? [String: Any]
    let error = object?["error"] as? [String: Any]
    #expect(error?["code"] as? String == "absent")
    #expect(error?["hint"] as? String == "Check the path, or have it created: `scheduler run`.")
    #expect(!FileManager.default.fileExists(atPath: scratch.database))
  }

  @Test(arguments: ["run", "submit", "list", "tasks", "kill"]) func everyVerbHelps(verb: String) throws {
    let help = try run([verb, "--help"])
    #expect(help.status == 0)
    #expect(help.output.contains("USAGE: scheduler \(verb) "))
    #expect(try run(["--help"]).output.contains("  \(verb) "))
  }

  private func run(_ words: [String]) throws -> Ended {
    try TestProcesses.run(try RunningScheduler.program, words)
  }
}
