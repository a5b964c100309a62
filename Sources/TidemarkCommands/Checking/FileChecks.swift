// Whether the files beside the migrations say what the migrations do: the sum, the head, schemas that name a version.

import Tidemark

/// Looks at the files.
struct FileChecks {
  let project: ProjectFiles
  let lineage: Lineage
  /// What the files are to say.
  let texts: ProjectTexts
  /// The schema that the lineage begins with, and that behind each migration.
  let schemas: [Schema]

  /// All of it.
  func findings() throws -> [CheckFinding] { try sum() + head() + annotations() }

  private func sum() throws -> [CheckFinding] {
    let path = project.sum
    guard SourceFile.exists(path) else { return [CheckFinding(.sum, path, "there is none")] }
    let found = LineageSum(parsing: try SourceFile.readRepaired(path))
    if let line = found.conflictLines.first {
      return [
        CheckFinding(.sum, path, line: line, "it holds a merge conflict", advice: "'tidemark rebase' resolves it")
      ]
    }
    var findings = found.problems.map { CheckFinding(.sum, path, line: $0.line ?? 1, $0.message) }
    let wanted = LineageSum(parsing: texts.sum)
    if let name = found.name, name != wanted.name {
      findings.append(CheckFinding(.sum, path, "it names the lineage \(name), and this build is of \(lineage.name)"))
    }
    for entry in wanted.entries {
      guard let stated = found.entries.first(where: { $0.id == entry.id }) else {
        findings.append(CheckFinding(.sum, path, "\(entry.id) \(entry.name) is not listed"))
        continue
      }
      let line = stated.line ?? 1
      if stated.name != entry.name {
        findings.append(
          CheckFinding(.sum, path, line: line, "\(entry.id) is \(stated.name) here and \(entry.name) by its file"))
      } else if stated.digest != entry.digest {
        findings.append(
          CheckFinding(.sum, path, line: line, "\(entry.id) \(entry.name) was edited since this line was written"))
      } else if stated.proof != entry.proof {
        findings.append(
          CheckFinding(.sum, path, line: line, "it does not say how the proof of \(entry.id) \(entry.name) came out"))
      }
    }
    for entry in found.entries where !wanted.entries.contains(where: { $0.id == entry.id }) {
      findings.append(
        CheckFinding(.sum, path, line: entry.line ?? 1, "\(entry.id) \(entry.name) is listed and has no file"))
    }
    if found.problems.isEmpty, found.head?.exact != wanted.head?.exact || found.head?.loose != wanted.head?.loose {
      findings.append(CheckFinding(.sum, path, line: found.head?.line ?? 1, "its head is not what the migrations make"))
    }
    return findings
  }

  private func head() throws -> [CheckFinding] {
    let path = project.head
    guard SourceFile.exists(path) else {
      return [CheckFinding(.head, path, "there is none", advice: "'tidemark schema --write' writes it")]
    }
    guard let text = try SourceFile.readIfText(path) else {
      return [
        CheckFinding(
          .head, path, "it is not UTF-8", advice: "save it as UTF-8; 'tidemark schema --write --force' writes it anew")
      ]
    }
    if let line = conflictMarkerLines(in: text).first {
      return [
        CheckFinding(.head, path, line: line, "it holds a merge conflict", advice: "'tidemark rebase' resolves it")
      ]
    }
    if let failure = SchemaCheck.failure(of: text) {
      return [CheckFinding(.head, path, line: failure.line, "it does not run: \(failure.message)", advice: "mend it")]
    }
    let strangers = HeadStatement.strangers(in: text).map { stranger in
      CheckFinding(
        .head, path, line: stranger.line, "\(stranger.words): a head holds only the schema", advice: "take it out")
    }
    return try strangers + differences(of: text, at: path)
  }

  private func differences(of text: String, at path: String) throws -> [CheckFinding] {
    let found = try Schema.make(running: text)
    let difference = SchemaDifference.between(expected: texts.schema, found: found, kind: .exact)
    let places = SQLStatement.statements(of: text)
    return (difference.missing + difference.unexpected).map { object in
      CheckFinding(
        .head, path, line: Self.line(of: object.name, in: places),
        difference.missing.contains(object)
          ? "the migrations make \(object.title), and it is not here" : "no migration makes \(object.title)")
    }
      + difference.changed.map { change in
        CheckFinding(
          .head, path, line: Self.line(of: change.name, in: places),
          "\(change.type.rawValue) \(change.name) is not what the migrations make: \(change.words.joined(separator: "; "))"
        )
      }
  }

  private static func line(of name: String, in statements: [SQLStatement]) -> Int {
    statements.first { statement in
      let create = CreateStatement(statement.text)
      return create.name.map { create.identifier($0).lowercased() == name.lowercased() } ?? false
    }?.line ?? 1
  }

  /// Schema files, whatever they are called, may say which migration they are reached by.
  private func annotations() throws -> [CheckFinding] {
    var paths = try LocalFiles().list(project.folder).filter { $0.hasSuffix(".sql") && !$0.hasPrefix(".") }.sorted()
      .map { join(project.folder, $0) }
    if !paths.contains(project.schema), SourceFile.exists(project.schema) { paths.append(project.schema) }
    return try paths.flatMap { path -> [CheckFinding] in
      guard let text = try SourceFile.readIfText(path), text.contains("tidemark:"),
        conflictMarkerLines(in: text).isEmpty
      else { return [] }
      let annotations = SchemaAnnotations(in: text)
      return annotations.problems.map { CheckFinding(.comment, path, line: $0.line ?? 1, $0.message) }
        + annotations.versions.compactMap { version($0, of: text, at: path) }
    }
  }

  private func version(_ version: SchemaAnnotations.Version, of text: String, at path: String) -> CheckFinding? {
    let id = MigrationID(version.id)
    func finding(_ message: String) -> CheckFinding { CheckFinding(.version, path, line: version.line, message) }
    let place = lineage.ids.firstIndex(of: id).map { $0 + 1 } ?? (lineage.baseline?.id == id ? 0 : nil)
    guard let place, schemas.indices.contains(place) else {
      return finding("it says that it is reached by \(id), which is no migration of this build")
    }
    guard let found = try? Schema.make(running: text) else {
      return finding("it says that it is reached by \(id), and does not run")
    }
    let words = SchemaDifference.between(expected: schemas[place], found: found, kind: .exact).words
    guard let first = words.first else { return nil }
    let rest = words.count > 1 ? ", and \(words.count - 1) more" : ""
    return finding("it says that it is reached by \(id), but behind that, \(first)\(rest)")
  }
}
