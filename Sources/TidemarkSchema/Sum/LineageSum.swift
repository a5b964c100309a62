// `lineage.sum`: the file beside the migrations that says which there are and what they make. Two branches that both
// add a migration meet in its last line.
//
//     lineage scheduler
//     sqlite 3.37.0                    the oldest that stored downgrades have to run on, where it is stated
//     1 CreateJobs 9f86d0…             the id, the name, the digest of the file's Swift tokens
//     2 AddQuotas 60303a… lossless:77ab…      where it is proven: the verdict, sealed (`ProofSeal`)
//     head 1a2b… 3c4d…                 the loose and the exact fingerprint of what head.sql makes

/// What `lineage.sum` says.
public struct LineageSum: Sendable, Hashable {
  /// One migration.
  public struct Entry: Sendable, Hashable {
    /// The migration's id, 1 to 2⁶³−1.
    public var id: Int64
    /// Its name, without the id.
    public var name: String
    /// The SHA-256 of its file's Swift tokens, in 64 hexadecimal digits (``SwiftTokens/digest(of:)``).
    public var digest: String
    /// What the proof of its downgrade came to; nil where there is none to keep.
    public var proof: Proof?
    /// The line it was read from, counted from 1; nil for one that was not.
    public var line: Int?

    /// An entry with these properties.
    public init(id: Int64, name: String, digest: String, proof: Proof? = nil, line: Int? = nil) {
      self.id = id
      self.name = name
      self.digest = digest
      self.proof = proof
      self.line = line
    }
  }

  /// A verdict with its seal.
  public struct Proof: Sendable, Hashable {
    /// The verdict in words, such as `lossless with attic`; in the file, hyphens stand for the spaces.
    public var verdict: String
    /// What it holds for (``ProofSeal``), in 64 hexadecimal digits.
    public var seal: String

    /// A verdict with its seal.
    public init(verdict: String, seal: String) {
      self.verdict = verdict
      self.seal = seal
    }

    /// Reads `lossless-with-attic:SEAL`; nil for anything else.
    init?(field: String) {
      let parts = field.split(separator: ":", omittingEmptySubsequences: false)
      guard parts.count == 2, Fingerprint(hex: String(parts[1])) != nil, !parts[0].isEmpty,
        parts[0].utf8.allSatisfy({ (0x61...0x7A).contains($0) || $0 == UInt8(ascii: "-") })
      else { return nil }
      self.init(verdict: parts[0].split(separator: "-").joined(separator: " "), seal: String(parts[1]))
    }

    var field: String { verdict.split(separator: " ").joined(separator: "-") + ":" + seal }
  }

  /// The fingerprints of the schema after the last migration.
  public struct Head: Sendable, Hashable {
    /// The loose one.
    public var loose: Fingerprint
    /// The exact one.
    public var exact: Fingerprint
    /// The line it was read from, counted from 1; nil for one that was not.
    public var line: Int?

    /// A head with these fingerprints.
    public init(loose: Fingerprint, exact: Fingerprint, line: Int? = nil) {
      self.loose = loose
      self.exact = exact
      self.line = line
    }

    /// The head of a schema.
    public init(of schema: Schema) {
      self.init(loose: schema.fingerprint(.loose), exact: schema.fingerprint(.exact))
    }
  }

  /// The lineage's name; nil in a text that states none, or two.
  public var name: String?
  /// The oldest SQLite that a stored downgrade has to run on, such as 3037000; nil where none is stated.
  public var oldestSQLite: Int32?
  /// The migrations, in the order of the lines.
  public var entries: [Entry]
  /// The head; nil when it is not known.
  public var head: Head?
  /// The lines with merge-conflict markers, counted from 1, in a text that was read.
  public var conflictLines: [Int] = []
  /// What cannot be read in a text that was read; each with its line.
  public var problems: [SchemaError] = []

  /// A sum that says this.
  public init(name: String?, oldestSQLite: Int32? = nil, entries: [Entry], head: Head?) {
    self.name = name
    self.oldestSQLite = oldestSQLite
    self.entries = entries
    self.head = head
  }

  /// Whether the text was whole: no merge-conflict marker and nothing that cannot be read.
  public var isWhole: Bool { conflictLines.isEmpty && problems.isEmpty }

  /// Reads a text. Never fails: what it cannot read stands in ``problems``, so that the tool which mends a sum can be
  /// built while it is broken; a line with U+FFFD, which stands for bytes that are no UTF-8, is such. In a text with
  /// conflict markers, the entries of both sides are there.
  public init(parsing text: String) {
    self.init(name: nil, entries: [], head: nil)
    var names: Set<String> = []
    let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
    for (index, line) in lines.enumerated() {
      let number = index + 1
      if isConflictMarker(line) {
        conflictLines.append(number)
        continue
      }
      if line.contains("\u{FFFD}") {
        problem(number, "it is not UTF-8")
        continue
      }
      let words = line.split(separator: " ").map(String.init)
      guard let first = words.first else { continue }
      switch first {
      case "lineage" where words.count == 2:
        names.insert(words[1])
        if names.count == 1, !entries.isEmpty || head != nil, conflictLines.isEmpty {
          problem(number, "the lineage's name belongs on the first line")
        }
      case "sqlite" where words.count == 2: readVersion(words[1], number)
      case "head" where words.count == 3: readHead(words, number)
      default: readEntry(words, number)
      }
    }
    if names.count == 1 { name = names.first }
    if names.isEmpty, conflictLines.isEmpty { problem(1, "the first line is to be 'lineage NAME'") }
    if names.count > 1, conflictLines.isEmpty { problem(1, "it names more than one lineage") }
  }

  /// The text of the file: entries by id, lines that end with LF.
  public func render() -> String {
    var text = "lineage \(name ?? "")\n"
    if let oldestSQLite { text += "sqlite \(SQLFeature.words(of: oldestSQLite))\n" }
    for entry in entries.sorted(by: { $0.id < $1.id }) {
      text += "\(entry.id) \(entry.name) \(entry.digest)\(entry.proof.map { " " + $0.field } ?? "")\n"
    }
    if let head { text += "head \(head.loose) \(head.exact)\n" }
    return text
  }

  private mutating func problem(_ line: Int, _ message: String) {
    problems.append(SchemaError(.malformedSum, message, line: line))
  }

  private mutating func readVersion(_ text: String, _ line: Int) {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false).map { Int32($0) }
    guard (2...3).contains(parts.count), let major = parts[0], let minor = parts[1],
      let patch = parts.count == 3 ? parts[2] : 0,
      major == 3, (0..<1000).contains(minor), (0..<1000).contains(patch)
    else { return problem(line, "a version of SQLite is three numbers, as in 'sqlite 3.37.0'") }
    guard minor >= 37 else { return problem(line, "Tidemark's own tables need SQLite 3.37.0") }
    if oldestSQLite != nil, conflictLines.isEmpty { return problem(line, "there is a second line for sqlite") }
    oldestSQLite = major * 1_000_000 + minor * 1_000 + patch
  }

  private mutating func readHead(_ words: [String], _ line: Int) {
    guard let loose = Fingerprint(hex: words[1]), let exact = Fingerprint(hex: words[2]) else {
      return problem(line, "a head line is 'head LOOSE EXACT', each of 64 hexadecimal digits")
    }
    if head != nil, conflictLines.isEmpty { return problem(line, "there is a second head line") }
    head = Head(loose: loose, exact: exact, line: line)
  }

  private mutating func readEntry(_ words: [String], _ line: Int) {
    let proof = words.count == 4 ? Proof(field: words[3]) : nil
    guard words.count == 3 || proof != nil, let id = Int64(words[0]), id > 0, Fingerprint(hex: words[2]) != nil else {
      return problem(
        line, "a line is 'ID NAME DIGEST' or 'ID NAME DIGEST VERDICT:SEAL', digest and seal of 64 hexadecimal digits")
    }
    if conflictLines.isEmpty, entries.contains(where: { $0.id == id }) {
      return problem(line, "there is a second line for \(id)")
    }
    entries.append(Entry(id: id, name: words[1], digest: words[2], proof: proof, line: line))
  }
}

/// The lines of `text` on which a merge left its conflict markers, counted from 1.
public func conflictMarkerLines(in text: String) -> [Int] {
  text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated()
    .filter { isConflictMarker($0.element) }.map { $0.offset + 1 }
}

private func isConflictMarker(_ line: Substring) -> Bool {
  line.hasPrefix("<<<<<<< ") || line.hasPrefix(">>>>>>> ") || line.hasPrefix("||||||| ") || line == "======="
}
