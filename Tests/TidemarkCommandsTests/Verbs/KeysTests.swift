// Keys, signed and sealed snapshots, from the command line.

import Foundation
import Testing
import Tidemark
import TidemarkCommands

@Suite struct KeysTests {
  /// A bench with a database, and a key in its folder.
  private func bench() async throws -> (bench: Workbench, key: String) {
    let bench = try await Workbench().migrated(by: Builds.current)
    try bench.execute("INSERT INTO jobs(name) VALUES ('kept')")
    let key = bench.folder + "/ops.key"
    let made = await bench.tool("keys", "new", key)
    #expect(made.status == 0, "\(made.error)")
    #expect(!made.output.contains("tidemark-secret-key"))
    return (bench, key)
  }

  @Test func onlyWhatTheKeySignedIsRestored() async throws {
    let (bench, key) = try await bench()
    #expect(await bench.tool("snapshot", "--sign", key).status == 0)
    try bench.execute("INSERT INTO jobs(name) VALUES ('smuggled')")
    #expect(await bench.tool("snapshot").status == 0)
    let restored = await bench.tool("restore", "--require-signature", key + ".pub")
    #expect(restored.status == 0, "\(restored.error)")
    #expect(restored.output.contains("nobody has signed it"))
    #expect(try bench.value("SELECT group_concat(name) FROM jobs") == "kept")
    let unsigned = try #require(try SnapshotStore(bench.store).list().first)
    for verb in [
      ["restore"], ["restore", "--dry-run"], ["restore", "--as-is", "--dry-run"], ["plan"], ["inspect"], ["schema"],
      ["rehearse"], ["diff", "head"], ["alter", "--dry-run", "--to"],
    ] {
      let ended = await bench.tool(verb + [unsigned.path, "--require-signature", key + ".pub", "--json"])
      #expect(ended.status == 2, "\(verb)")
      #expect(try ended.errorCode() == "snapshot.untrusted", "\(verb)")
    }
    let stranger = bench.folder + "/stranger.key"
    #expect(await bench.tool("keys", "new", stranger).status == 0)
    let none = await bench.tool("restore", "--require-signature", stranger + ".pub", "--json")
    #expect(try none.status == 2 && none.errorCode() == "snapshot.untrusted", "\(none.output)")
    let listed = await bench.tool("snapshots", "--require-signature", key + ".pub")
    #expect(listed.output.contains("nobody has signed it") && listed.output.contains("as it is"), "\(listed.output)")
    // A variable that a script left empty does not open the door.
    for (variable, verb) in [
      ("TIDEMARK_REQUIRE_SIGNATURE", "restore"), ("TIDEMARK_SIGN", "snapshot"), ("TIDEMARK_ENCRYPT_TO", "snapshot"),
    ] {
      let empty = await bench.tool(verb, environment: [variable: ""])
      #expect(empty.status == 64 && empty.error.contains("\(variable) is set to nothing"), "\(empty.error)")
    }
    let plain = await bench.tool("restore", bench.database, "--require-signature", key + ".pub", "--json")
    #expect(try plain.errorCode() == "snapshot.untrusted")
  }

  @Test func aSealedOneOpensWithItsKeyAlone() async throws {
    let (bench, key) = try await bench()
    #expect(await bench.tool("snapshot", "--encrypt-to", key + ".pub", "--sign", key).status == 0)
    for verb in [
      ["restore"], ["plan", "latest"], ["inspect"], ["schema", "latest"], ["rehearse", "latest"],
      ["diff", "latest", "head"],
    ] {
      let closed = await bench.tool(verb + ["--json"])
      #expect(closed.status == 2, "\(verb)")
      #expect(try closed.errorCode() == "snapshot.sealed", "\(verb)")
      let open = await bench.tool(verb + ["--identity", key])
      #expect(open.status == 0, "\(verb): \(open.error)")
    }
    let rows = await bench.tool("inspect", "--identity", key, "--sql", "SELECT name FROM jobs")
    #expect(rows.output.contains("kept"))
    #expect(await bench.tool("snapshots").output.contains("it is sealed; --identity opens it"))
    #expect(await bench.tool("snapshots", "--identity", key).output.contains("as it is"))
    let verified = await bench.tool("verify")
    #expect(verified.status == 0)
    #expect(verified.output.contains("no key that opens it was given"))
    #expect(await bench.tool("verify", "--identity", key, "--deep").status == 0)
  }

  @Test func theSnapshotBeforeADowngradeIsSealedToo() async throws {
    let (bench, key) = try await bench()
    #expect(await bench.tool("migrate", lineage: Builds.newer).status == 0)
    #expect(await bench.tool("snapshot", "--encrypt-to", key + ".pub").status == 0)
    let back = await bench.tool("migrate", "--encrypt-to", key + ".pub")
    #expect(back.status == 0, "\(back.error)")
    let entries = try SnapshotStore(bench.store).list()
    #expect(entries.count == 2)
    #expect(entries.filter(\.isClosed).count == 2)
  }

  @Test func keysAreSaidToBeWrongAndNeverShown() async throws {
    let (bench, key) = try await bench()
    let again = await bench.tool("keys", "new", key, "--json")
    #expect(again.status == 2)
    #expect(try again.errorCode() == "key.exists")
    #expect(await bench.tool("keys", "show", key + ".pub").output.contains("tidemark-public-key-1"))
    #expect(await bench.tool("keys", "show", key).output.contains("tidemark-public-key-1"))
    #expect(!(await bench.tool("keys", "show", key).output.contains("secret-key")))
    let half = await bench.tool("snapshot", "--sign", key + ".pub", "--json")
    #expect(try half.errorCode() == "key.not-a-key")
    try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: key)
    let exposed = await bench.tool("snapshot", "--sign", key, "--json")
    #expect(try exposed.errorCode() == "key.exposed")
    #expect(exposed.status == 2)
    #expect(await bench.tool("keys", "old", key).status == 64)
  }

  @Test func noOutputHoldsASecretKey() async throws {
    let (bench, key) = try await bench()
    let text = try String(contentsOfFile: key, encoding: .utf8)
    let line = try #require(text.split(separator: "\n").last.map(String.init))
    let secret = try #require(line.split(separator: " ").last.map(String.init))
    // In its file: whatever is done with it, and however much is said.
    for words in [
      ["snapshot", "--sign", key, "--encrypt-to", key + ".pub"], ["snapshots", "--identity", key],
      ["restore", "--identity", key, "--require-signature", key + ".pub"], ["inspect", "--identity", key],
      ["verify", "--identity", key, "--deep"], ["keys", "show", key], ["keys", "new", key],
    ] {
      for manner in ["--verbose", "--json"] {
        let ended = await bench.tool(words + [manner])
        #expect(!(ended.output + ended.error).contains(secret), "\(words) \(manner)")
      }
    }
    // In place of its file, where it is refused and not repeated.
    for given in [text, line, secret] {
      for words in [
        ["snapshot", "--sign", given], ["snapshot", "--encrypt-to", given], ["restore", "--identity", given],
        ["restore", "--require-signature", given], ["keys", "show", given], ["keys", "new", given],
      ] {
        let ended = await bench.tool(words + ["--json"])
        #expect(ended.status == 1)
        #expect(try ended.errorCode() == "key.spelled-out", "\(words[0]) \(words[1])")
        #expect(!(ended.output + ended.error).contains(secret), "\(words[0]) \(words[1])")
      }
      for (variable, verb) in [
        ("TIDEMARK_SIGN", "snapshot"), ("TIDEMARK_ENCRYPT_TO", "snapshot"), ("TIDEMARK_IDENTITY", "restore"),
        ("TIDEMARK_REQUIRE_SIGNATURE", "restore"),
      ] {
        let ended = await bench.tool(verb, "--json", environment: [variable: given])
        #expect(try ended.errorCode() == "key.spelled-out", "\(variable)")
        #expect(!(ended.output + ended.error).contains(secret), "\(variable)")
      }
    }
  }
}
