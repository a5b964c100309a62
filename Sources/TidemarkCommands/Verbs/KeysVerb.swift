// `keys`: makes the keys that sign and seal snapshots, and tells one from another.

import Tidemark

enum KeysVerb {
  private static let action = Argument(
    "ACTION", .choice("new", "show"), help: "'new' makes a key, 'show' tells whose one is.")
  private static let file = Argument("FILE", .path, help: "The file of the key; its public half is in FILE.pub.")

  static let verb = Verb(
    name: "keys", abstract: "Make a key that signs and opens snapshots.",
    discussion: """
      A key is two files. FILE has the secret half: whoever has it signs as you and reads what was sealed to you. Its mode \
      is 0600, and it is refused when others may read it. Lost, what was sealed to it stays sealed. FILE.pub has the public \
      half, for everybody who checks your signatures or seals snapshots to you.

      Keys are always named by their files, never on the command line itself.
      """,
    parameters: [action, file],
    examples: [
      Example("tidemark keys new ops.key", "Makes ops.key and ops.key.pub."),
      Example("tidemark snapshot --database jobs.db --sign ops.key", "A signed snapshot."),
      Example("tidemark restore --database jobs.db --require-signature ops.key.pub", "Nobody else's."),
      Example("tidemark snapshot --database jobs.db --encrypt-to ops.key.pub", "One that only ops.key opens."),
      Example("tidemark restore --database jobs.db --identity ops.key", "Opens it."),
    ]
  ) { invocation in
    let path = try invocation.values.required(file)
    if try invocation.values.required(action) == "new" {
      let key = try SecretKey.generate()
      try KeyFile.write(key, to: path)
      return KeyShown(id: key.publicKey.id, publicKey: key.publicKey.description, secret: path, made: true)
    }
    let key = try KeyFile.readPublic(path)
    return KeyShown(id: key.id, publicKey: key.description, secret: nil, made: false)
  }
}

/// What `keys` says of a key: never its secret half.
private struct KeyShown: Report {
  var id: String
  var publicKey: String
  /// Where the secret half is, when it was made.
  var secret: String?
  var made: Bool

  var isNews: Bool { made }

  private enum CodingKeys: String, CodingKey { case id, publicKey, secret }

  func render(on page: inout Page) {
    page.line("\(id, .strong)")
    page.line("  \(publicKey)")
    guard let secret else { return }
    page.line("  the secret half is in \(secret): keep a copy where it is safe")
    page.line("  the public half is in \(secret)\(KeyFile.publicSuffix): for whoever checks or seals snapshots")
  }
}
