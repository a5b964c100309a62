// A schema that the command line names: of a database, of a snapshot in place, of a file of SQL, or of this build's lineage.
// The kind of a file is told by its content.

import Tidemark

/// Where a schema was found.
struct SchemaSource: Sendable {
  /// What kind of thing it was found in.
  enum Kind: String, Encodable, Sendable {
    case database, snapshot, sql, lineage
  }

  /// What was typed.
  var name: String
  var kind: Kind
  /// The file, where it is one.
  var path: String?
  var schema: Schema
  /// The text that makes it, of a file of SQL.
  var text: String?

  /// What its author says to Tidemark in it.
  var annotations: SchemaAnnotations {
    SchemaAnnotations(in: text ?? schema.objects.map { ($0.sql ?? "") + ";\n" }.joined())
  }

  /// The words for what it is: `the database jobs.db`.
  var title: String {
    switch kind {
    case .database: "the database \(name)"
    case .snapshot: "the snapshot \(name)"
    case .sql: name
    case .lineage: name == "head" || name == "baseline" ? "this build's \(name)" : "migration \(name)"
    }
  }
}

extension Invocation {
  /// Finds a schema.
  /// - Throws: `Failure` for a word that may be two things; the errors of what it is.
  func schemaSource(_ word: String, _ lineage: Lineage) throws -> SchemaSource {
    let isFile = try LocalFiles().status(word, followLinks: true) != nil
    let isOfLineage =
      word == "head" || word == "baseline" || !word.isEmpty && word.utf8.allSatisfy { (48...57).contains($0) }
    if isFile, isOfLineage {
      throw Failure(
        code: "schema.ambiguous",
        "'\(word)' is a file here, and \(word == "head" || word == "baseline" ? "this build's \(word)" : "the number of a migration")",
        untouched: "nothing was touched",
        hint: "'./\(word)' is the file; in another folder, '\(word)' is the lineage's",
        details: ["word": .string(word)], status: .refused)
    }
    if isOfLineage { return SchemaSource(name: word, kind: .lineage, schema: try schema(of: word, lineage)) }
    if isFile { return try schemaFile(word, called: word, lineage) }
    return try schemaFile(try snapshotOfStore(word), called: word, lineage)
  }

  private func snapshotOfStore(_ word: String) throws -> String {
    do {
      return try snapshot(word).entry.path
    } catch let error as SnapshotError {
      guard case .noSnapshot = error.reason, word != "latest", !word.contains("/") else { throw error }
      throw Failure(
        code: "schema.missing",
        "'\(word)' is no file, no snapshot in \(snapshotStore.folder), and no migration of this build",
        untouched: "nothing was touched", hint: "check the path, or name the store with --store",
        details: ["word": .string(word)])
    }
  }

  private func schema(of word: String, _ lineage: Lineage) throws -> Schema {
    switch word {
    case "head": return try lineage.headSchema()
    case "baseline": return try lineage.baselineSchema()
    default:
      if word.utf8.allSatisfy({ $0 == 48 }) { return Schema() }
      guard let id = MigrationID(word) else { throw MigrationError.unknownTarget(0, known: lineage.ids) }
      return try lineage.through(id).headSchema()
    }
  }

  private func schemaFile(_ path: String, called name: String, _ lineage: Lineage) throws -> SchemaSource {
    if let status = try LocalFiles().status(path, followLinks: true), status.kind != .file {
      throw SnapshotError(.notAFile, at: path)
    }
    if try SchemaFile.isBlank(path) {
      return SchemaSource(name: name, kind: .sql, path: path, schema: Schema(), text: "")
    }
    switch try SourceKind.detect(path) {
    case .database:
      let schema = try managed(path, lineage).reading { try Schema.read(from: $0) }
      return SchemaSource(name: name, kind: .database, path: path, schema: schema)
    case .snapshot, .lz4Database:
      let schema = try SnapshotDatabase.reading(path, trust: trust) { try Schema.read(from: $0) }
      return SchemaSource(name: name, kind: .snapshot, path: path, schema: schema)
    case .dump, .lz4Dump:
      let connection = try Connection.inMemory()
      let text = try load(path, into: connection)
      let schema = try Schema.read(from: connection)
      try connection.close()
      return SchemaSource(name: name, kind: .sql, path: path, schema: schema, text: text)
    }
  }

  private func load(_ path: String, into connection: Connection) throws -> String {
    do {
      return try interruptible {
        try SchemaFile.load(path, into: connection) { [interruption] _ in try interruption.check() }
      }
    } catch let error as SnapshotError {
      let (line, what): (Int, String)
      switch error.reason {
      case .failedStatement(let place, _): (line, what) = (place, "fails: \(error.cause.map { "\($0)" } ?? "")")
      case .refusedStatement(let place, _, let why): (line, what) = (place, "is not run: \(why)")
      default: throw error
      }
      throw Failure(
        code: "schema.bad-file", "\(path): the statement at line \(line) \(what)", untouched: "nothing was touched",
        hint: "mend the file; it is run in memory, as it would be on an empty database",
        details: ["path": .string(path), "line": .integer(Int64(line))])
    }
  }
}
