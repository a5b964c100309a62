// The files of a project: the migrations in their folder, and what stands beside them.

import Tidemark

/// One migration's Swift file.
struct MigrationFile: Sendable {
  let path: String
  let id: MigrationID
  /// The digits of the id as the name has them, with their zeros.
  let digits: String
  let name: String

  /// A path; nil for a file whose name makes it no migration.
  init?(_ path: String) {
    let file = lastComponent(of: path)
    guard file.hasSuffix(".swift"), let parts = MigrationTypeName(String(file.dropLast(6))) else { return nil }
    self.path = path
    id = parts.id
    name = parts.name
    digits = String(file.dropFirst().prefix { $0 != "_" })
  }

  /// The digest of its Swift tokens, as `lineage.sum` has it.
  func digest() throws -> String { SwiftTokens.digest(of: try SourceFile.read(path)) }
}

/// The folder of migrations and what stands beside them.
struct ProjectFiles: Sendable {
  let folder: String
  /// The migrations, by id.
  let migrations: [MigrationFile]
  /// `schema.sql`: in the folder where it is there, else above it.
  let schema: String

  var sum: String { join(folder, "lineage.sum") }
  var head: String { join(folder, "head.sql") }
  var retired: String { join(folder, "retired.sql") }

  private static let deepest = 16

  /// Looks at a folder.
  /// - Throws: `Failure` where there is none, `FileError`.
  init(_ folder: String) throws {
    let files = LocalFiles()
    guard let status = try files.status(folder, followLinks: true) else {
      throw Failure(
        code: "project.no-folder", "there is no folder \(folder)", untouched: "no file was written",
        hint: "run it in the project's folder, or name that of the migrations with --migrations",
        details: ["path": .string(folder)])
    }
    guard status.kind == .folder else {
      throw Failure(
        code: "project.no-folder", "\(folder) is not a folder", untouched: "no file was written",
        hint: "name the folder of the migrations",
        details: ["path": .string(folder)])
    }
    self.folder = folder
    migrations = try Self.migrations(in: folder, files, depth: 0).sorted { ($0.id, $0.path) < ($1.id, $1.path) }
    let inside = join(folder, "schema.sql")
    let isRelativeDot = [".", ".."].contains(lastComponent(of: folder))
    let above = parentFolder(of: isRelativeDot ? try files.resolve(folder) : folder)
    schema = SourceFile.exists(inside) ? inside : above == "." ? "schema.sql" : join(above, "schema.sql")
  }

  /// The migrations in a folder and those below it, as the build finds them.
  private static func migrations(in folder: String, _ files: LocalFiles, depth: Int) throws -> [MigrationFile] {
    guard depth < deepest else { return [] }
    return try files.list(folder).filter { !$0.hasPrefix(".") }.flatMap { name -> [MigrationFile] in
      let path = join(folder, name)
      if let file = MigrationFile(path) { return [file] }
      guard try files.status(path, followLinks: false)?.kind == .folder else { return [] }
      return try migrations(in: path, files, depth: depth + 1)
    }
  }

  /// Runs migrations in memory, for a verb that writes files: where they fail, there is no database to speak of.
  static func writing<T>(_ work: () throws -> T) throws -> T {
    do {
      return try work()
    } catch let error as MigrationError {
      guard var failure = Explanation.of(error) else { throw error }
      failure.untouched = "no file was written"
      throw failure
    }
  }

  /// Makes sure that this build was compiled from just these files: what it computes is written beside them.
  /// - Throws: `Failure`, a refusal that names what is different.
  func refuseUnless(compiledInto lineage: Lineage) throws {
    let there = Set(migrations.map(\.id))
    let compiled = Set(lineage.ids)
    var differences = migrations.filter { !compiled.contains($0.id) }.map { "\($0.path) is not in this build" }
    differences += lineage.migrations.filter { !there.contains($0.id) }.map { "\($0.id) \($0.name) has no file" }
    for file in migrations {
      guard let source = lineage.sources[file.id] else { continue }
      if try file.digest() != source { differences.append("\(file.path) was changed") }
    }
    guard differences.isEmpty else {
      throw Failure(
        code: "project.stale-build", "this build was not made from the files in \(folder)",
        reason: differences.joined(separator: "\n"), untouched: "no file was written",
        hint: "build again, then run this again", details: ["differences": .array(differences.map { .string($0) })],
        status: .refused)
    }
  }
}

/// What became of a file.
struct WrittenFile: Encodable, Sendable {
  var path: String
  var changed: Bool
  /// What would be written, of a dry run.
  var text: String?
}
