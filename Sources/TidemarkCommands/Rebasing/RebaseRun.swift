// Carries a rebase out: what is to be written is worked out whole before the first file moves.

import Tidemark

/// A rebase with all its texts.
struct RebaseRun {
  let project: ProjectFiles
  let sides: RebaseSides
  let plan: RebasePlan
  let rebased: RebasedLineage
  /// What the files say from now on, by their new paths.
  private let texts: [String: String]

  /// What came of proving it.
  struct Outcome {
    /// Of `lineage.sum`.
    var sum: String
    /// Of `head.sql`; nil where it cannot be told yet.
    var head: String?
    var verdicts: [MigrationID: Verdict] = [:]
    /// Why it has to be built first; nil where everything is done.
    var unfinished: String?
    /// The migration that does not run where it stands now, in words.
    var fault: String?
  }

  /// - Throws: `Failure`, a refusal, for files that hold a conflict of their own.
  init(_ project: ProjectFiles, build: Lineage, onto: String?, now: Timestamp) throws {
    self.project = project
    let baseline = try Self.baseline(project)
    let retired = baseline?.retired.map(\.id) ?? []
    sides = try RebaseSides(project, onto: onto, retired: Set(retired))
    plan = RebasePlan(own: sides.own, behind: sides.others, retired: retired, now: now)
    let moves = Dictionary(plan.moves.map { ($0.path, $0) }, uniquingKeysWith: { $1 })
    var texts: [String: String] = [:]
    let files = try project.migrations.map { file in
      let text = try Self.whole(file.path)
      let move = moves[file.path]
      let renamed = move.map { Self.rename($0.type, to: $0.newType, in: text) } ?? text
      if let move { texts[move.newPath] = renamed }
      return RebasedLineage.File(
        id: move?.to ?? file.id, name: file.name, oldID: file.id, oldDigest: SwiftTokens.digest(of: text),
        digest: SwiftTokens.digest(of: renamed), source: MigrationSource(renamed, type: move?.newType ?? file.type))
    }
    self.texts = texts
    rebased = RebasedLineage(files, build: build, baseline: baseline, sums: sides.sums)
    if let fault = rebased.lineage.fault, rebased.unknown.isEmpty {
      throw RebaseSides.refused(
        "the migrations make no lineage: \(fault)", hint: "look at the files, then run it again")
    }
  }

  /// The text of a file without conflict markers.
  private static func whole(_ path: String) throws -> String {
    let text = try SourceFile.read(path)
    guard let line = conflictMarkerLines(in: text).first else { return text }
    throw RebaseSides.refused(
      "\(path) holds a merge conflict, on line \(line)",
      hint: "resolve it first; only lineage.sum and head.sql can be worked out from the migrations")
  }

  private static func baseline(_ project: ProjectFiles) throws -> Baseline? {
    guard SourceFile.exists(project.schema) else { return nil }
    let retired = SourceFile.exists(project.retired) ? try RetiredScript.read(whole(project.retired)) : []
    return Baseline(schema: try whole(project.schema), retired: retired.map(RetiredMigration.init))
  }

  /// Every place where a type's name stands as a word, comments too.
  private static func rename(_ type: String, to new: String, in text: String) -> String {
    func isPart(_ byte: UInt8) -> Bool {
      byte == UInt8(ascii: "_") || byte >= 0x80 || (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte)
        || (0x61...0x7A).contains(byte)
    }
    let (bytes, word) = (Array(text.utf8), Array(type.utf8))
    var result: [UInt8] = []
    var index = 0
    while index < bytes.count {
      let end = index + word.count
      let isWord =
        end <= bytes.count && bytes[index..<end].elementsEqual(word) && (index == 0 || !isPart(bytes[index - 1]))
        && (end == bytes.count || !isPart(bytes[end]))
      result += isWord ? Array(new.utf8) : [bytes[index]]
      index = isWord ? end : index + 1
    }
    return String(decoding: result, as: UTF8.self)
  }

  // MARK: proving

  /// Runs and proves the migrations under their new numbers, as far as this build has them.
  /// - Parameter force: whether a head with edits of its own is written over.
  func prove(force: Bool) throws -> Outcome {
    let partial = rebased.partialSum.render()
    guard rebased.unknown.isEmpty else {
      let names = rebased.unknown.map { "\($0.id) \($0.name)" }.joined(separator: ", ")
      return Outcome(sum: partial, unfinished: "\(names) has code that this build does not have")
    }
    do {
      let made = try project.texts(
        of: rebased.lineage, listing: rebased.files.map { ($0.id, $0.name, $0.digest) },
        baseline: rebased.lineage.baseline?.schema)
      if !force { try HeadEdits(project: project, sides: sides, made: made.schema).refuseIfAny() }
      return Outcome(sum: made.sum, head: made.head, verdicts: made.verdicts)
    } catch let error as MigrationError {
      return Outcome(sum: partial, fault: error.message)
    }
  }

  // MARK: writing

  /// Moves and writes the files.
  /// - Returns: what became of each.
  func write(_ outcome: Outcome) throws -> [WrittenFile] {
    for move in plan.moves {
      try LocalFiles().renameNew(move.path, to: move.newPath)
      if let text = texts[move.newPath] { try SourceFile.write(text, to: move.newPath) }
    }
    return try files(outcome).map { path, text in
      WrittenFile(path: path, changed: try SourceFile.write(text, to: path))
    }
  }

  /// What would be written, and whether that is something new.
  func preview(_ outcome: Outcome) throws -> [WrittenFile] {
    try files(outcome).map { path, text in
      let isSame = try SourceFile.exists(path) && SourceFile.read(path) == text
      return WrittenFile(path: path, changed: !isSame, text: text)
    }
  }

  /// The head first: the sum vouches for it.
  private func files(_ outcome: Outcome) -> [(String, String)] {
    [outcome.head.map { (project.head, $0) }, (project.sum, outcome.sum)].compactMap(\.self)
  }

  /// Files elsewhere that name a type by its old name.
  func mentions() -> [String] {
    let git = GitHistory(project.folder)
    return plan.moves.flatMap { move in
      git.files(mentioning: move.type).filter { lastComponent(of: $0) != lastComponent(of: move.path) }
        .map { "\($0) still says \(move.type)" }
    }
  }
}
