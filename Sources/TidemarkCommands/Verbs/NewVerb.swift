// `new`: a migration's file from a template, numbered as the folder's others are.

import Tidemark

enum NewVerb {
  private static let name = Argument(
    "NAME", converter, help: "What the migration does, as a Swift name: AddTaskTier.")
  private static let timestamp = Flag(
    "timestamp", help: "Number it by the time (20261120153000), so that branches do not take the same number.")

  private static var converter: Converter<String> {
    Converter { text throws(ConversionError) in
      let isName =
        text.utf8.first.map(isLetter) == true
        && text.utf8.allSatisfy { isLetter($0) || (0x30...0x39).contains($0) || $0 == UInt8(ascii: "_") }
      guard isName else {
        throw ConversionError(expected: "a name of letters, digits and underscores that begins with a letter")
      }
      guard text.utf8.count <= 100 else { throw ConversionError(expected: "a name of at most 100 characters") }
      return text
    }
  }

  private static func isLetter(_ byte: UInt8) -> Bool {
    (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
  }

  static func verb(_ lineage: Lineage) -> Verb {
    Verb(
      name: "new", abstract: "Write the file of a new migration.",
      discussion: """
        The number goes on as the folder's do: the next of a sequence, with its zeros, or the time in UTC. The path is \
        printed. Write the change into it, and the way back where no schema tells it, build, and run \
        'tidemark schema --write'.
        """,
      parameters: [name, timestamp, ProjectParameters.migrations],
      examples: [Example("tidemark new AddTaskTier", "Migrations/V013_AddTaskTier.swift, after V012.")]
    ) { invocation in try new(invocation, lineage) }
  }

  private static func new(_ invocation: Invocation, _ lineage: Lineage) throws -> NewFile {
    let name = try invocation.values.required(name)
    let project = try ProjectFiles(invocation[ProjectParameters.migrations] ?? "Migrations")
    try refuse(name, in: project, lineage)
    let digits = nextDigits(project, lineage, byTime: invocation[timestamp], now: Timestamp.now())
    guard let id = MigrationID(digits) else {
      throw Failure(
        code: "new.no-number", "there is no number left behind the highest", untouched: "no file was written",
        hint: "use --timestamp")
    }
    let type = "V\(digits)_\(name)"
    let path = join(project.folder, "\(type).swift")
    try write(template(type), to: path)
    return NewFile(path: path, id: id, name: name)
  }

  /// Two migrations of one name are one that nobody can talk about.
  private static func refuse(_ name: String, in project: ProjectFiles, _ lineage: Lineage) throws {
    let files = project.migrations.map { ($0.name, $0.path) }
    let compiled = lineage.migrations.map { ($0.name, "\($0.id) \($0.name)") }
    let retired = lineage.baseline?.retired.map { ($0.name, "\($0.id) \($0.name), which is retired") } ?? []
    let taken = (files + compiled + retired).first { $0.0.lowercased() == name.lowercased() }
    guard let taken else { return }
    throw Failure(
      code: "new.name-taken", "the name \(name) is taken by \(taken.1)", untouched: "no file was written",
      hint: "choose another name", details: ["name": .string(name)], status: .refused)
  }

  /// The digits of the next number: higher than all there are, retired ones too.
  static func nextDigits(_ project: ProjectFiles, _ lineage: Lineage, byTime: Bool, now: Timestamp) -> String {
    let ids = project.migrations.map(\.id) + lineage.ids + (lineage.baseline?.retired.map(\.id) ?? [])
    let highest = ids.max()?.rawValue ?? 0
    let last = project.migrations.last
    // 14 digits are a time to the second; no sequence gets there.
    if byTime || last.map({ $0.id.description.utf8.count >= 14 }) == true {
      let time = now.fileName.filter(\.isNumber).prefix(14)
      return String(max(Int64(time) ?? 0, next(highest)))
    }
    let width = last?.digits.utf8.count ?? 3
    let digits = String(next(highest))
    return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
  }

  private static func next(_ id: Int64) -> Int64 { id == .max ? 0 : id + 1 }

  private static func template(_ type: String) -> String {
    """
    import Tidemark

    struct \(type): Migration {
      var upgrade: Upgrade {
        \"""
        -- The change: any number of statements.
        \"""
      }
      // The way back is derived from the schema before and after, and stored in every database that has the change. State
      // it where rows that are there change, or where it loses something: as SQL, or as .irreversible("why").
      var downgrade: Downgrade { .derived }
    }

    """
  }

  /// Writes a file that must not be there yet.
  private static func write(_ text: String, to path: String) throws {
    let files = LocalFiles()
    let aside = path + ".new"
    // What an earlier run left half written; nobody else names a file so.
    if try files.status(aside, followLinks: false) != nil { try files.unlink(aside) }
    try SourceFile.write(text, to: aside)
    do {
      try files.renameNew(aside, to: path)
    } catch {
      try files.unlink(aside)
      throw error
    }
  }
}

/// What `new` wrote.
private struct NewFile: Report {
  var path: String
  var id: MigrationID
  var name: String

  func render(on page: inout Page) { page.line(StyledText(path)) }
}
