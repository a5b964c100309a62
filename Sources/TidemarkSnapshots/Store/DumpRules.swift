// What a dump may do, decided before SQLite sees a statement and, by the authorizer, while it compiles one.
internal import TidemarkSQLite

/// The rules for statements of a dump.
enum DumpRules {
  /// What becomes of a statement.
  enum Treatment: Equatable {
    case run
    /// It changes nothing here.
    case passOver
    /// The row of a virtual table, which `.dump` writes straight into the schema.
    case virtualTable
    case refuse(String)
    case incomplete(String)
  }

  /// Pragmas that dumps set, and that stay within the file.
  private static let pragmas: Set<String> = [
    "user_version", "application_id", "encoding", "page_size", "auto_vacuum", "defer_foreign_keys", "foreign_keys",
    "legacy_alter_table",
    // Virtual tables ask for these when they are created.
    "data_version", "quick_check",
  ]
  /// Functions that act outside of their arguments.
  private static let functions: Set<String> = [
    "load_extension", "fts3_tokenizer", "readfile", "writefile", "edit", "sqlite_compileoption_get",
  ]
  private static let modules: Set<String> = ["fts3", "fts4", "fts5", "rtree", "rtree_i32", "geopoly"]

  /// The authorizer's answer.
  static func decide(_ request: AuthorizerRequest) -> AuthorizerAnswer {
    switch request.action {
    case .attach, .detach: return .deny
    case .pragma: return pragmas.contains(request.first?.lowercased() ?? "") ? .allow : .deny
    case .function: return functions.contains(request.second?.lowercased() ?? "") ? .deny : .allow
    case .createVirtualTable, .dropVirtualTable:
      return modules.contains(request.second?.lowercased() ?? "") ? .allow : .deny
    case .createTempIndex, .createTempTable, .createTempTrigger, .createTempView, .dropTempIndex, .dropTempTable,
      .dropTempTrigger, .dropTempView:
      return .deny
    default: return .allow
    }
  }

  /// Runs something of our own while the dump's authorizer looks away.
  static func unguarded<T>(_ connection: Connection, _ body: () throws -> T) throws -> T {
    let rules = connection.authorizer
    connection.authorizer = nil
    defer { connection.authorizer = rules }
    return try body()
  }

  /// What becomes of a statement, told by its text without leading comments.
  static func treatment(of sql: String) -> Treatment {
    let words = leadingWords(sql, 3)
    switch words.first {
    case "PRAGMA":
      // `.dump` brackets virtual tables with it. Their rows are taken one by one instead, so it stays off.
      return words.dropFirst().first == "WRITABLE_SCHEMA" ? .passOver : .run
    case "ROLLBACK":
      return .incomplete("it ends with a ROLLBACK: the program that wrote it met errors")
    case "ATTACH", "DETACH", "VACUUM": return .refuse("it reaches outside the database")
    case "INSERT"
    where words.count == 3 && words[1] == "INTO" && ["SQLITE_SCHEMA", "SQLITE_MASTER"].contains(words[2]):
      return isVirtualTableRow(sql)
        ? .virtualTable : .refuse("only rows of virtual tables with known modules may be written into the schema")
    default: return .run
    }
  }

  /// Whether a statement is a pragma.
  static func isPragma(_ sql: String) -> Bool { leadingWords(sql, 1) == ["PRAGMA"] }

  /// Whether a statement only changes rows.
  static func isOfRows(_ sql: String) -> Bool {
    ["INSERT", "REPLACE", "UPDATE", "DELETE", "ANALYZE", "SELECT", "WITH"].contains(leadingWords(sql, 1).first)
  }

  /// Whether a statement is, to the letter, what `.dump` prints for a virtual table:
  /// `INSERT INTO sqlite_schema(type,name,tbl_name,rootpage,sql)VALUES('table','N','N',0,'CREATE VIRTUAL TABLE …');`
  static func isVirtualTableRow(_ sql: String) -> Bool {
    var rest = Substring(sql).utf8
    func take(_ text: String) -> Bool {
      guard rest.starts(with: text.utf8) else { return false }
      rest = rest.dropFirst(text.utf8.count)
      return true
    }
    func literal() -> String? {
      guard rest.first == UInt8(ascii: "'") else { return nil }
      rest = rest.dropFirst()
      var bytes: [UInt8] = []
      while let byte = rest.popFirst() {
        if byte == UInt8(ascii: "'") {
          guard rest.first == byte else { return String(decoding: bytes, as: UTF8.self) }
          rest = rest.dropFirst()
        }
        bytes.append(byte)
      }
      return nil
    }
    guard take("INSERT INTO sqlite_schema") || take("INSERT INTO sqlite_master"),
      take("(type,name,tbl_name,rootpage,sql)VALUES('table',"), let name = literal(), take(","),
      let table = literal(), name == table, take(",0,"), let create = literal(), take(");"), rest.isEmpty,
      !name.lowercased().hasPrefix("sqlite_")
    else { return false }
    let words = leadingWords(create, 3)
    guard words == ["CREATE", "VIRTUAL", "TABLE"] else { return false }
    return module(of: create).map { modules.contains($0) } ?? false
  }

  /// The word after USING, in small letters. A name may be quoted and hold anything, so quotes are passed over whole; what
  /// has a comment before that word is none of `.dump`'s, and has no answer.
  private static func module(of create: String) -> String? {
    var quote: UInt8?
    var word: [UInt8] = []
    var previous = ""
    var last: UInt8 = 0
    for byte in Array(create.utf8) + [0x20] {
      defer { last = byte }
      if let open = quote {
        if byte == open { quote = nil }
        continue
      }
      let isWord = (byte | 0x20 >= 0x61 && byte | 0x20 <= 0x7a) || (0x30...0x39).contains(byte) || byte == 0x5f
      if isWord {
        word.append(byte)
        continue
      }
      if !word.isEmpty {
        let text = String(decoding: word, as: UTF8.self).lowercased()
        if previous == "using" { return text }
        previous = text
        word = []
      }
      switch byte {
      case UInt8(ascii: "'"), UInt8(ascii: "\""), UInt8(ascii: "`"): quote = byte
      case UInt8(ascii: "["): quote = UInt8(ascii: "]")
      case UInt8(ascii: "*") where last == UInt8(ascii: "/"), UInt8(ascii: "-") where last == byte: return nil
      default: break
      }
    }
    return nil
  }

  /// The first words of a statement, in capitals.
  private static func leadingWords(_ sql: String, _ count: Int) -> [String] {
    var words: [String] = []
    var word: [UInt8] = []
    for byte in sql.utf8 {
      let isWord = (byte | 0x20 >= 0x61 && byte | 0x20 <= 0x7a) || (0x30...0x39).contains(byte) || byte == 0x5f
      if isWord {
        word.append(byte)
        continue
      }
      if !word.isEmpty {
        words.append(String(decoding: word, as: UTF8.self).uppercased())
        word = []
        if words.count == count { return words }
      }
    }
    if !word.isEmpty { words.append(String(decoding: word, as: UTF8.self).uppercased()) }
    return words
  }

  /// A statement without white space and comments before it; empty when there is nothing else but its semicolon.
  static func strippingComments(_ sql: String) -> String {
    var bytes = Substring(sql).utf8
    while let byte = bytes.first {
      if byte == 0x20 || (0x09...0x0d).contains(byte) {
        bytes = bytes.dropFirst()
      } else if bytes.starts(with: "--".utf8) {
        bytes = bytes.drop { $0 != 0x0a }
      } else if bytes.starts(with: "/*".utf8) {
        bytes = bytes.dropFirst(2)
        while !bytes.isEmpty, !bytes.starts(with: "*/".utf8) { bytes = bytes.dropFirst() }
        bytes = bytes.dropFirst(2)
      } else {
        break
      }
    }
    return bytes.elementsEqual(";".utf8) ? "" : String(Substring(bytes))
  }
}
