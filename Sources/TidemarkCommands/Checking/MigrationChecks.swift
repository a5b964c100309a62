// What is to be said of each migration: by what its trial came to, and by how it reads.

import Tidemark

/// Looks at the migrations.
struct MigrationChecks {
  let project: ProjectFiles
  let lineage: Lineage
  let verdicts: [MigrationID: Verdict]
  /// The schema that the lineage begins with, and that behind each migration.
  let schemas: [Schema]
  /// What the given snapshot has; nil where none was given.
  let size: SnapshotSize?

  /// All of it, with what is allowed at its place.
  func findings() throws -> [CheckFinding] {
    let lints = lineage.migrations.indices.map { place in
      MigrationLint(
        lineage.migrations[place], before: schemas[place], after: schemas[place + 1],
        oldestSQLite: lineage.oldestSQLite)
    }
    let orphans = try orphans(lints)
    return try project.migrations.flatMap { file -> [CheckFinding] in
      guard let place = lineage.ids.firstIndex(of: file.id) else { return [] }
      let source = MigrationSource(try SourceFile.read(file.path), type: file.type)
      let allowances = Allowances(source, at: file.path)
      let lint = lints[place]
      var found = lint.findings() + (orphans[file.id] ?? [])
      if let size { found += lint.rebuilds().compactMap { size.finding($1, on: $0, by: file.id) } }
      let findings = verdict(of: file, source) + found.compactMap { finding($0, in: file, source) }
      return allowances.findings + findings.map(allowances.applied(to:))
    }
  }

  private func verdict(of file: MigrationFile, _ source: MigrationSource) -> [CheckFinding] {
    let line = source.line(of: "downgrade")
    switch verdicts[file.id] {
    case .lossy(let what)?:
      return [CheckFinding(.lossyDowngrade, file.path, line: line, "up and down again loses something: \(what)")]
    case .unproven(let why)?:
      return [CheckFinding(.unprovenDowngrade, file.path, line: line, "the way back is not proven: \(why)")]
    case .lossless?, .losslessWithAttic?, nil: return []
    }
  }

  private func finding(_ found: LintFinding, in file: MigrationFile, _ source: MigrationSource) -> CheckFinding? {
    guard let rule = CheckRule(rawValue: found.rule.rawValue) else { return nil }
    let property = found.isDowngrade ? "downgrade" : "upgrade"
    guard let sql = found.sql, let literal = source.literal(sql, in: property) else {
      return CheckFinding(rule, file.path, line: source.line(of: property), found.message)
    }
    return CheckFinding(
      rule, file.path, line: literal.sourceLine(found.line), statement: literal.sourceLine(found.statement),
      found.message)
  }

  /// The foreign keys of the head without an index, at the last migration that wrote them.
  private func orphans(_ lints: [MigrationLint]) throws -> [MigrationID: [LintFinding]] {
    guard let head = schemas.last else { return [:] }
    var result: [MigrationID: [LintFinding]] = [:]
    for missing in try ForeignKeyIndexes.missing(in: head) {
      for place in lineage.migrations.indices.reversed() {
        let message =
          "\(missing.table)(\(missing.columns.joined(separator: ", "))) refers to \(missing.parent) and has no index"
        guard let finding = lints[place].reference(from: missing.table, to: missing.parent, message) else { continue }
        result[lineage.ids[place], default: []].append(finding)
        break
      }
    }
    return result
  }
}

extension MigrationFile {
  /// The name of its type.
  var type: String { String(lastComponent(of: path).dropLast(6)) }
}
