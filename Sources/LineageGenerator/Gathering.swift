// From files to a lineage. What makes the lineage ambiguous or incomplete is an error at its line; a sum or a head that
// lags is a warning and left out of account, so that the tool which mends it can always be built.

internal import TidemarkSchema

/// Reads the files of a request.
struct Gathering {
  private let request: Request
  private let report: Report
  /// Whether schema.sql stands above the target's folder.
  let schemaIsAbove: Bool

  init(_ request: Request, _ report: Report) {
    var request = request
    if request.schema == nil, let path = request.above.map({ $0 + "/schema.sql" }), SourceFile.exists(path) {
      request.schema = path
      schemaIsAbove = true
    } else {
      schemaIsAbove = false
    }
    self.request = request
    self.report = report
  }

  /// The lineage. It is to be used only when nothing was reported as an error.
  func gather() -> GeneratedLineage {
    var lineage = GeneratedLineage(name: request.package)
    let files = migrations()
    lineage.entries = files.map { .init(id: $0.id, type: $0.file.type, digest: $0.digest) }
    lineage.schema = schema()
    lineage.retired = retired(beside: files)
    if request.retired != nil, request.schema == nil, let path = request.retired {
      report.error(path, "there are retired migrations but no schema.sql that holds what they made")
    }
    let sum = readSum()
    if let name = sum?.name { lineage.name = name }
    lineage.oldestSQLite = sum?.oldestSQLite
    if let sum, let path = request.sum { compare(sum, at: path, files, lineage.retired) }
    lineage.head = head(sum)
    lineage.proofs = proofs(sum, files, schema: lineage.schema)
    return lineage
  }

  private struct Found {
    var id: Int64
    var file: MigrationFile
    var digest: String
  }

  /// The migrations, by id.
  private func migrations() -> [Found] {
    var found: [Found] = []
    for file in request.sources.compactMap(MigrationFile.init).sorted(by: { $0.path < $1.path }) {
      guard let id = file.id else {
        report.error(file.path, "\(file.digits) is no id: ids go from 1 to \(Int64.max)")
        continue
      }
      guard let text = read(file.path) else { continue }
      let types = SwiftTokens.declarations(in: text)
      if types.contains(where: { $0.name == file.type }) {
        misplaced(types.filter { $0.name != file.type }, in: file.path)
      } else {
        report.error(file.path, "the file's name promises a type \(file.type), but the file declares none")
      }
      found.append(Found(id: id, file: file, digest: SwiftTokens.digest(of: text)))
    }
    for path in request.sources.sorted() where MigrationFile(path) == nil { lookForMigrations(in: path) }
    found.sort { ($0.id, $0.file.path) < ($1.id, $1.file.path) }
    for (first, second) in zip(found, found.dropFirst()) where first.id == second.id {
      report.error(second.file.path, "id \(second.id) is taken twice: also by \(first.file.path)")
    }
    return found
  }

  /// A file whose name makes it no migration has none in it: what its author took for one would be left out.
  private func lookForMigrations(in path: String) {
    let name = SourceFile.name(of: path)
    if let wanted = name.hasSuffix(".swift") ? MigrationFile.file(ofType: String(name.dropLast(6))) : nil {
      report.error(path, "a migration's file and its type begin with a capital V: \(wanted)")
      return
    }
    guard let text = read(path) else { return }
    // Most files have no such word, and are not cut into tokens.
    let bytes = text.utf8
    guard zip(bytes, bytes.dropFirst()).contains(where: { $0 | 0x20 == 0x76 && (0x30...0x39).contains($1) }) else {
      return
    }
    misplaced(SwiftTokens.declarations(in: text), in: path)
  }

  /// Types that are named like migrations and stand in a file of another name: they would be left out of the lineage.
  private func misplaced(_ types: [SwiftTokens.Declaration], in path: String) {
    for type in types {
      guard let file = MigrationFile.file(ofType: type.name) else { continue }
      report.error(
        path, line: type.line,
        "\(type.name) is named like a migration and would be left out of the lineage: a migration stands in a file of its name, \(file), one a file; another type needs another name"
      )
    }
  }

  private func schema() -> String? {
    guard let path = request.schema, let text = read(path) else { return nil }
    if let line = conflictMarkerLines(in: text).first {
      report.error(path, line: line, "a merge conflict is to be resolved first")
      return nil
    }
    if let failure = SchemaCheck.failure(of: text) {
      report.error(path, line: failure.line, "schema.sql does not run: \(failure.message)")
    }
    return text
  }

  private func retired(beside files: [Found]) -> [RetiredRow] {
    guard let path = request.retired, let text = read(path) else { return [] }
    if let line = conflictMarkerLines(in: text).first {
      report.error(path, line: line, "a merge conflict is to be resolved first")
      return []
    }
    do {
      let rows = try RetiredScript.read(text)
      let ids = Set(rows.map(\.id))
      for file in files where ids.contains(file.id) {
        report.error(file.file.path, "id \(file.id) is retired in \(path): the file or the row has to go")
      }
      return rows
    } catch let error as SchemaError {
      report.error(path, line: error.line ?? 1, error.hint.map { "\(error.message); \($0)" } ?? error.message)
    } catch {
      report.error(path, "\(error)")
    }
    return []
  }

  private func readSum() -> LineageSum? {
    guard let path = request.sum, let text = readRepaired(path) else { return nil }
    let sum = LineageSum(parsing: text)
    if let line = sum.conflictLines.first {
      report.warning(path, line: line, "the sum holds a merge conflict and is left out of account")
    }
    for problem in sum.problems {
      report.warning(path, line: problem.line ?? 1, "\(problem.message); the sum is left out of account\(mend)")
    }
    if sum.name == nil, sum.conflictLines.isEmpty {
      report.warning(
        path, "until it says 'lineage NAME', the lineage is named \(request.package), like the package")
    }
    return sum
  }

  private func compare(_ sum: LineageSum, at path: String, _ files: [Found], _ retired: [RetiredRow]) {
    // In a conflict both sides' lines are there, and one side's files may not be: nothing can be told from it.
    guard sum.conflictLines.isEmpty else { return }
    let retired = Set(retired.map(\.id))
    for entry in sum.entries {
      let line = entry.line ?? 1
      if let file = files.first(where: { $0.id == entry.id }) {
        if file.file.name != entry.name {
          report.warning(path, line: line, "\(entry.id) is \(entry.name) here and \(file.file.name) by its file\(mend)")
        } else if file.digest != entry.digest {
          report.warning(path, line: line, "\(entry.id) \(entry.name) was edited since this line was written\(mend)")
        }
      } else if retired.contains(entry.id) {
        report.warning(path, line: line, "\(entry.id) \(entry.name) is retired\(mend)")
      } else {
        report.error(
          path, line: line,
          "the file of \(entry.id) \(entry.name) is gone; bring it back, or take the line out if it was never released")
      }
    }
    let listed = Set(sum.entries.map(\.id))
    for file in files where !listed.contains(file.id) {
      report.warning(path, line: 1, "\(file.id) \(file.file.name) is not listed\(mend)")
    }
  }

  /// The verdicts whose seals hold: nothing that they rest on has changed since they were written. The others are
  /// proven again, by the tool or when the migration runs.
  private func proofs(_ sum: LineageSum?, _ files: [Found], schema: String?) -> [(id: Int64, verdict: String)] {
    guard let sum, sum.conflictLines.isEmpty else { return [] }
    let proofs = Dictionary(sum.entries.map { ($0.id, $0.proof) }, uniquingKeysWith: { $1 })
    var seal = ProofSeal(baseline: schema)
    var held: [(id: Int64, verdict: String)] = []
    for file in files {
      seal.add(file.digest)
      guard let proof = proofs[file.id] ?? nil, seal.seal(proof.verdict) == proof.seal else { continue }
      held.append((file.id, proof.verdict))
    }
    return held
  }

  /// The text of head.sql where a whole sum agrees with it.
  private func head(_ sum: LineageSum?) -> String? {
    guard let path = request.head else {
      if let sum, sum.isWhole, let line = sum.head?.line, let sumPath = request.sum {
        report.warning(sumPath, line: line, "there is a head line but no head.sql\(mend)")
      }
      return nil
    }
    guard let text = read(path, insteadOfFailing: "; it is left out of account until it is saved as UTF-8") else {
      return nil
    }
    if let line = conflictMarkerLines(in: text).first {
      report.warning(path, line: line, "the head holds a merge conflict and is left out of account")
      return nil
    }
    guard let sum, sum.isWhole else {
      if sum == nil { report.warning(path, "there is no lineage.sum that vouches for it; it is left out of account") }
      return nil
    }
    if let failure = SchemaCheck.failure(of: text) {
      report.warning(path, line: failure.line, "head.sql does not run and is left out of account: \(failure.message)")
      return nil
    }
    guard let stated = sum.head, SchemaCheck.agrees(text, with: stated) else {
      report.warning(
        request.sum ?? path, line: sum.head?.line ?? 1,
        "its head is not what head.sql makes, which is left out of account\(mend)")
      return nil
    }
    return text
  }

  private var mend: String { "; 'tidemark schema --write' brings it up to date" }

  /// - Parameter advice: what a warning says of a file that is no text; without it, that is an error.
  private func read(_ path: String, insteadOfFailing advice: String? = nil) -> String? {
    do {
      return try SourceFile.read(path)
    } catch {
      let line = (error as? SchemaError)?.line ?? 1
      let message = (error as? SchemaError)?.message ?? "\(error)"
      if let advice {
        report.warning(path, line: line, message + advice)
      } else {
        report.error(path, line: line, message)
      }
      return nil
    }
  }

  /// The text of a file in which bytes that are no UTF-8 make their line one that cannot be read.
  private func readRepaired(_ path: String) -> String? {
    do {
      return try SourceFile.readRepaired(path)
    } catch {
      report.error(path, "\(error)")
      return nil
    }
  }
}
