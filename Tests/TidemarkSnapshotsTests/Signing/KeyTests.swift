// Keys and their files: what is in them, who may read them, and that nothing is overwritten.
import Foundation
import TestFiles
import Testing
import TidemarkSQLite

@testable import TidemarkSnapshots

@Suite struct KeyTests {
  @Test func aKeyIsReadAsItWasWritten() throws {
    let scratch = try Scratch()
    let key = try SecretKey.generate()
    try KeyFile.write(key, to: scratch.path("ops.key"))
    #expect(try KeyFile.readSecret(scratch.path("ops.key")).publicKey == key.publicKey)
    #expect(try KeyFile.readPublic(scratch.path("ops.key.pub")) == key.publicKey)
    #expect(try KeyFile.readPublic(scratch.path("ops.key")) == key.publicKey)
    #expect(PublicKey(key.publicKey.description) == key.publicKey)
    let mode = try #require(try LocalFiles().status(scratch.path("ops.key"), followLinks: false)).mode
    #expect(mode & 0o777 == 0o600)
  }

  @Test func aSecretThatOthersMayReadIsRefused() throws {
    let scratch = try Scratch()
    try KeyFile.write(SecretKey.generate(), to: scratch.path("ops.key"))
    for mode: UInt32 in [0o640, 0o604, 0o660, 0o601] {
      try LocalFiles().setMode(scratch.path("ops.key"), mode)
      let error = try #require(throws: KeyError.self) { try KeyFile.readSecret(scratch.path("ops.key")) }
      #expect(error.reason == .exposed(mode: mode))
    }
    try LocalFiles().setMode(scratch.path("ops.key"), 0o400)
    _ = try KeyFile.readSecret(scratch.path("ops.key"))
  }

  @Test(arguments: ["ops.key", "ops.key.pub"]) func nothingIsOverwritten(_ there: String) throws {
    let scratch = try Scratch()
    try scratch.write(there, "mine")
    let error = try #require(throws: KeyError.self) {
      try KeyFile.write(SecretKey.generate(), to: scratch.path("ops.key"))
    }
    #expect(error.reason == .exists)
    #expect(try scratch.names == [there])
    #expect(try scratch.bytes(there) == Array("mine".utf8))
  }

  @Test(arguments: [[], ["renameNew"]]) func aKeyIsWrittenWholeOrNotAtAll(lacking: Set<String>) throws {
    let path = "ops.key"
    let scratch = try Scratch()
    func clear() throws { for name in try scratch.names { try LocalFiles().unlink(scratch.path(name)) } }
    for fault in [FaultyFiles.Fault.crash, .error(ENOSPC)] {
      var ends: Set<[String]> = []
      for place in 1... {
        let key = try SecretKey.generate()
        let files = FaultyFiles(fault, at: place, lacking: lacking)
        let result = Result { try KeyFile.write(key, to: scratch.path(path), files: files) }
        files.die()
        let left = try scratch.names.filter { !$0.contains(PartFile.mark) }
        if left.contains(path) { #expect(try KeyFile.readSecret(scratch.path(path)).publicKey == key.publicKey) }
        guard files.isMet else {
          #expect(left == [path, path + ".pub"] && place > 10)
          break
        }
        // What finds the disk full comes to nothing; what is cut short may leave the secret half, whole.
        if case .error = fault { #expect(left.isEmpty) }
        #expect(throws: (any Error).self) { try result.get() }
        ends.insert(left)
        for name in left { try LocalFiles().unlink(scratch.path(name)) }
        try KeyFile.write(SecretKey.generate(), to: scratch.path(path))
        #expect(try scratch.names == [path, path + ".pub"], "the next one clears away what is left")
        try clear()
      }
      try clear()
      if case .crash = fault { #expect(ends.isSuperset(of: [[], [path]])) }
    }
  }

  @Test func whatIsNoKeyIsSaidToBeNone() throws {
    let scratch = try Scratch()
    try KeyFile.write(SecretKey.generate(), to: scratch.path("ops.key"))
    let line = try #require(String(decoding: scratch.bytes("ops.key"), as: UTF8.self).split(separator: "\n").last)
    try scratch.write("cut", String(line.dropLast(4)))
    try scratch.write("long", line + "AAAA")
    try scratch.write("words", "tidemark-secret-key-1\n")
    try scratch.write("empty", "")
    try scratch.write("big", [UInt8](repeating: 0x23, count: 5000))
    for name in ["cut", "long", "words", "empty", "big", "ops.key.pub"] {
      let error = try #require(throws: KeyError.self) { try KeyFile.readSecret(scratch.path(name)) }
      #expect(error.reason == .notAKey(expected: "secret key"), "\(name)")
    }
    for name in ["cut", "empty", "big"] {
      let error = try #require(throws: KeyError.self) { try KeyFile.readPublic(scratch.path(name)) }
      #expect(error.reason == .notAKey(expected: "public key"), "\(name)")
    }
    #expect(throws: KeyError.self) { try KeyFile.readSecret(scratch.path("none")) }
    #expect(throws: KeyError.self) { try KeyFile.readSecret(scratch.folder) }
  }

  @Test func aSecretKeyPrintsNothingOfItself() throws {
    let key = try SecretKey.generate()
    var line: [UInt8] = []
    key.appendLine(to: &line)
    #expect(line.count == SecretKey.lineLength)
    let secret = String(decoding: line, as: UTF8.self).split(separator: " ")[1].prefix(40)
    var dumped = "\(key) \(String(reflecting: key))"
    dump(key, to: &dumped)
    #expect(!dumped.contains(secret))
    #expect(dumped.contains(key.publicKey.id))
  }

  @Test func twoUsesOfAKeyHaveNothingInCommon() throws {
    let key = try SecretKey.generate()
    #expect(key.publicKey.signing != key.publicKey.sealing)
    let message = Array("a message".utf8)
    let signature = key.sign(message)
    #expect(PublicKey.verify(signature, of: message, by: key.publicKey.signing))
    #expect(!PublicKey.verify(signature, of: message, by: key.publicKey.sealing))
    #expect(!PublicKey.verify(signature, of: message + [0], by: key.publicKey.signing))
  }
}
