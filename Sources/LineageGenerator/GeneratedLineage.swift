// The lineage as Swift source.

internal import TidemarkSchema

/// What the generated file says.
struct GeneratedLineage {
  /// One migration.
  struct Entry {
    var id: Int64
    var type: String
    var digest: String
  }

  var name: String
  var entries: [Entry] = []
  /// By id, the verdicts that the sum vouches for.
  var proofs: [(id: Int64, verdict: String)] = []
  /// The text of schema.sql.
  var schema: String?
  var retired: [RetiredRow] = []
  /// The text of head.sql, where the sum agrees with it.
  var head: String?

  /// The oldest SQLite that downgrades have to run on, where the sum states one.
  var oldestSQLite: Int32?

  /// Writes the source to a file, which is left alone when it says that already.
  func write(to path: String) throws {
    try SourceFile.write(render(), to: path)
  }

  /// The source.
  func render() -> String {
    """
    // Made by LineagePlugin from the migrations of this target. Changes here are lost at the next build.
    public import Tidemark

    /// The lineage that this build knows.
    public let lineage = Lineage(
      name: \(literal(name)),
      migrations: \(list(entries.map { "\($0.type)()" }, empty: "[]")),
      baseline: \(baseline),
      head: \(head.map(literal) ?? "nil"),
      sources: \(list(entries.map { "\($0.id): \(literal($0.digest))" }, empty: "[:]")),
      proofs: \(list(proofs.map { "\($0.id): \(literal($0.verdict))" }, empty: "[:]"))\(oldestSQLite.map { ",\n  oldestSQLite: \($0)" } ?? "")
    )

    """
  }

  private var baseline: String {
    guard let schema else { return "nil" }
    let rows = retired.map { row in
      """
      RetiredMigration(id: \(row.id), name: \(literal(row.name)), revision: \(row.revision), \
      upgradeDigest: \(literal(row.upgradeDigest)), downgrade: \(row.downgrade.map(literal) ?? "nil"), \
      irreversible: \(row.irreversible.map(literal) ?? "nil"), objects: \(literal(row.objects))\
      \(row.proof.map { ", proof: " + literal($0) } ?? ""))
      """
    }
    return "Baseline(schema: \(literal(schema)), retired: \(list(rows, empty: "[]")))"
  }

  private func list(_ items: [String], empty: String) -> String {
    items.isEmpty ? empty : "[\n" + items.map { "    \($0),\n" }.joined() + "  ]"
  }
}

/// `text` as a Swift literal: on one line when it has none to break, else a multi-line raw string, with more `#` than
/// the text has in a row. What a source file cannot hold, or the compiler would change, is escaped.
func literal(_ text: String) -> String {
  var longest = 0
  var run = 0
  for byte in text.utf8 {
    run = byte == UInt8(ascii: "#") ? run + 1 : 0
    longest = max(longest, run)
  }
  let needsFence = text.utf8.contains { $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "\\") }
  let fence = String(repeating: "#", count: needsFence || text.contains("\n") ? longest + 1 : 0)
  var content = String.UnicodeScalarView()
  for scalar in text.unicodeScalars {
    switch scalar.value {
    case 0x09, 0x0A, 0x20..<0x7F: content.append(scalar)
    // Line ends other than LF would be changed; NUL, marks of byte order and of writing direction do not belong in a
    // source.
    case 0..<0x20, 0x7F, 0xFEFF, 0x200E, 0x200F, 0x202A...0x202E, 0x2066...0x2069:
      content.append(contentsOf: "\\\(fence)u{\(String(scalar.value, radix: 16))}".unicodeScalars)
    default: content.append(scalar)
    }
  }
  let body = String(content)
  return text.contains("\n") || text.unicodeScalars.contains("\n")
    ? "\(fence)\"\"\"\n\(body)\n\"\"\"\(fence)" : "\(fence)\"\(body)\"\(fence)"
}
