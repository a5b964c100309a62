// A small tool with every kind of parameter, to hold the parser, the help and the rendering against.

import TidemarkCommands

enum Sample {
  static let source = Argument("SNAPSHOT", .text, .optional, default: "latest", help: "Which one.")
  static let at = Option("at", "TIME", .text, help: "The last one before this time.")
  static let level = Option("level", "N", .integer(in: 1...9), default: 3, help: "How hard to try.")
  static let file = Option("output", short: "o", "FILE", .path, help: "Where to.")
  static let tag = Option("tag", "WORD", .text, .repeated, help: "A word to find it by.")
  static let every = Option("every", "TIME", .duration, help: "How often.")
  static let mode = Option("mode", "MODE", .choice("fast", "safe"), help: "How.")
  static let dryRun = Flag("dry-run", short: "n", help: "Only show what would be done.")
  static let deep = Flag("deep", help: "Look closer.")
  static let through = Option("through", "ID", .integer(in: 1 ... .max), .required, help: "Up to which.")
  static let files = Argument("FILE", .path, .repeated, help: "What to look at; everything when left out.")
  static let from = Argument("FROM", .text, help: "Where from.")
  static let targets = Argument("TO", .text, .atLeastOnce, help: "Where to.")

  struct Told: Report {
    var words: [String]
    var isNews = true
    func render(on page: inout Page) { words.forEach { page.line(StyledText($0, .strong)) } }
    func encode(to encoder: any Encoder) throws { try ["words": words].encode(to: encoder) }
  }

  static let restore = Verb(
    name: "restore", abstract: "Bring a snapshot back.",
    discussion: """
      It is decoded, verified and brought to the schema of this build beside the database, and swapped in when all \
      of that is done.

        what is indented stays as it is
      """,
    parameters: [source, at, level, file, tag, every, mode, dryRun], exclusive: [[source, at]], needsDatabase: true,
    examples: [
      Example("tidemark restore --database jobs.db", "The newest snapshot."),
      Example("tidemark restore --at 2026-11-20T15:30:00Z --dry-run", "What would be done to go back to that time."),
    ]
  ) { invocation in
    Told(words: [
      try invocation.database, invocation.store, invocation[source] ?? "", invocation[at] ?? "-",
      "\(invocation[level] ?? 0)", invocation[all: tag].joined(separator: "+"), "\(invocation[dryRun])",
    ])
  }

  static let verify = Verb(name: "verify", abstract: "Look for damage.", parameters: [files, deep]) { invocation in
    Told(words: invocation[all: files], isNews: false)
  }

  static let baseline = Verb(name: "baseline", abstract: "Fold.", parameters: [through]) { invocation in
    Told(words: ["\(try invocation.values.required(through))"])
  }

  static let copy = Verb(name: "copy", abstract: "Copy.", parameters: [from, targets]) { invocation in
    Told(words: [try invocation.values.required(from)] + invocation[all: targets])
  }

  static func program(_ more: Verb...) -> Program {
    Program(
      name: "tidemark", abstract: "A sample.", discussion: "Of everything.",
      groups: [VerbGroup("Snapshots", [restore, verify]), VerbGroup("More", [baseline, copy] + more)],
      version: { Told(words: ["1.2.3"]) })
  }

  /// A verb that does what the test says.
  static func verb(_ name: String, _ run: @escaping @Sendable (Invocation) async throws -> any Report) -> Verb {
    Verb(name: name, abstract: "A test's own.", run: run)
  }
}
