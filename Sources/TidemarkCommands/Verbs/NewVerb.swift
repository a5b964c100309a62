// `new`: a migration's file, drafted from an edited head.sql or from a template, numbered as the folder's others are.

import Tidemark

enum NewVerb {
  private static let name = Argument(
    "NAME", converter, help: "What the migration does, as a Swift name: AddTaskTier.")
  private static let timestamp = Flag(
    "timestamp", help: "Number it by the time (20261120153000), so that branches do not take the same number.")

  private static let empty = Flag("empty", help: "Write the template, although head.sql has been edited.")
  private static let data = Flag("data", help: "Write a change of rows: a backfill that runs in slices.")
  private static let table = Option("table", "NAME", .text, help: "The table whose rows --data changes.")
  private static let batchSize = Option(
    "batch-size", "N", .integer(in: 1...10_000_000), default: 1000, help: "How many rows --data changes at a time.")

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
        Where Migrations/head.sql has been edited, the difference to what the migrations make is drafted: the upgrade's \
        statements, the downgrade's, and room for statements on rows between. The draft is run before it is written: it \
        leads to the edited head and back. A rename is never guessed; a comment on the line of the table or column says it:

          schedule TEXT, -- tidemark: renamed from cron
          note TEXT, -- tidemark: new

        Else it is a template: write the change into it, and the way back where no schema tells it. With --data it is a \
        backfill in slices. Then build, and run 'tidemark schema --write'.

        The number goes on as the folder's do: the next of a sequence, with its zeros, or the time in UTC; or it is the \
        one that head.sql says it is reached by, '-- tidemark: version 13'. The path is printed.
        """,
      parameters: [name, timestamp, empty, data, table, batchSize, ProjectParameters.migrations],
      exclusive: [[empty, data]], requires: [(table, [data]), (batchSize, [data])],
      examples: [
        Example("tidemark new AddTaskTier", "Migrations/V013_AddTaskTier.swift, after V012."),
        Example("tidemark new FillTiers --data --table tasks", "A change of the rows of tasks, a thousand at a time."),
      ]
    ) { invocation in try ProjectFiles.writing { try new(invocation, lineage) } }
  }

  private static func new(_ invocation: Invocation, _ lineage: Lineage) throws -> NewFile {
    let name = try invocation.values.required(name)
    let project = try ProjectFiles(invocation[ProjectParameters.migrations] ?? "Migrations")
    try refuse(name, in: project, lineage)
    let isPlain = invocation[empty] || invocation[data]
    let edited = isPlain ? nil : try EditedHead(project, lineage)
    let digits = try digits(project, lineage, edited, byTime: invocation[timestamp])
    guard let id = MigrationID(digits) else {
      throw Failure(
        code: "new.no-number", "there is no number left behind the highest", untouched: "no file was written",
        hint: "use --timestamp")
    }
    let type = "V\(digits)_\(name)"
    var file = NewFile(path: join(project.folder, "\(type).swift"), id: id, name: name)
    let text: String
    if invocation[data] {
      text = try backfill(type, invocation, lineage)
      file.next =
        "fill it in, build, and see what it takes: 'tidemark rehearse latest --database PATH', then 'tidemark schema --write'"
    } else if let edited, let draft = try edited.draft(id, name, behind: lineage, at: project.head) {
      text = MigrationText.drafted(type, draft)
      file.take(draft)
    } else {
      text = MigrationText.template(type)
    }
    try write(text, to: file.path)
    file.say(to: invocation)
    return file
  }

  /// The digits of the number: the one that an edited head asks for, or the next.
  private static func digits(
    _ project: ProjectFiles, _ lineage: Lineage, _ edited: EditedHead?, byTime: Bool
  ) throws -> String {
    let next = nextDigits(project, lineage, byTime: byTime, now: Timestamp.now())
    guard let version = edited?.annotations.versions.last else { return next }
    let ids = project.migrations.map(\.id) + lineage.ids + (lineage.baseline?.retired.map(\.id) ?? [])
    let highest = ids.max()?.rawValue ?? 0
    guard version.id > highest else {
      throw Failure(
        code: "new.version-taken", "\(project.head) says that it is reached by \(version.id), which is there already",
        untouched: "no file was written",
        hint:
          "write 'tidemark: version \(MigrationID(next)?.rawValue ?? highest)' on line \(version.line), or take it out",
        details: ["line": .integer(Int64(version.line))], status: .refused)
    }
    let digits = String(version.id)
    let width = project.migrations.last?.digits.utf8.count ?? 3
    return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
  }

  private static func backfill(_ type: String, _ invocation: Invocation, _ lineage: Lineage) throws -> String {
    let tables = try lineage.headSchema().objects.filter { $0.type == .table && $0.walkKey != nil }
    let names = tables.map(\.name).sorted().joined(separator: ", ")
    guard let wanted = invocation[table] else {
      throw UsageError.missing("--table (one of: \(names))")
    }
    guard let table = tables.first(where: { $0.name.lowercased() == wanted.lowercased() }), let key = table.walkKey
    else {
      throw Failure(
        code: "new.no-table", "this build's schema has no table \(wanted) whose rows can be walked by a unique column",
        untouched: "no file was written", hint: "one of: \(names)")
    }
    return MigrationText.data(type, table: table, key: key, size: invocation[batchSize] ?? 1000)
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

  /// Writes a file that must not be there yet.
  private static func write(_ text: String, to path: String) throws {
    try LocalFiles().make(path, with: Array(text.utf8))
  }
}

/// What `new` wrote.
private struct NewFile: Report {
  var path: String
  var id: MigrationID
  var name: String
  /// Whether it was drafted from an edited head.
  var isDrafted = false
  /// What the proof of the drafted downgrade came to.
  var proof: Verdict?
  /// What the author has to see to.
  var notes: [String] = []
  var next = "fill it in, build, and run 'tidemark schema --write'"

  mutating func take(_ draft: MigrationDraft) {
    isDrafted = true
    proof = draft.verdict
    notes = draft.remarks + draft.demandsBack.map { "on the way back, \($0.words)" }
    notes += draft.rebuilt.map { "\($0) is made anew and its rows are copied, which takes time where there are many" }
    next = "look at it, build, and run 'tidemark schema --write'"
  }

  /// Standard output has the path alone, for scripts; what there is to see to goes beside it.
  func say(to invocation: Invocation) {
    for note in notes { invocation.note("\("note:", .notice) \(note)") }
    if let proof { invocation.note("  the way back, tried with made-up rows: \(PlanWords.proof(proof.description))") }
    invocation.note("  next: \(next)")
  }

  func render(on page: inout Page) { page.line(StyledText(path)) }
}
