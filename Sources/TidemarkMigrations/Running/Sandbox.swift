// The rules under which a plan's SQL runs. Stored downgrades came out of a file and are input; compiled upgrades are the
// author's own, but keep off transactions, TEMP objects and Tidemark's tables too.
internal import TidemarkSchema
package import TidemarkSQLite

/// An authorizer over one connection, with the rule set that the SQL at hand deserves.
package final class Sandbox {
  /// Whose SQL runs.
  package enum Mode {
    /// Tidemark's own: everything goes.
    case own
    /// The build's upgrades.
    case compiled
    /// Text out of a database.
    case stored
    /// Recorded changes of rows, out of a database.
    case recorded
  }

  /// What the statements since the last look did to the schema.
  enum Touch: Comparable {
    case nothing, created, anything
  }

  private let connection: Connection
  private(set) var mode = Mode.own
  private(set) var touch = Touch.nothing
  /// What was denied last, in words, because SQLite only says "not authorized".
  private(set) var denial: String?
  /// Whether triggers stand in the database that are not of the build: they may fire in any step, so that all of it is
  /// as untrusted as stored SQL.
  var hasStrangers = false
  /// Asked now and then while statements are compiled, which SQLite's progress handler does not see; false ends it.
  var pulse: (() -> Bool)?
  private var requests = 0
  /// Hears of everything that steps ask for, denied or not; not of Tidemark's own statements.
  var observer: ((AuthorizerRequest) -> Void)?
  /// Hears of each table that is dropped, before it is.
  var onDrop: ((String) -> Void)?

  package init(_ connection: Connection) { self.connection = connection }

  /// Begins to watch.
  package func enter() throws {
    connection.authorizer = { [unowned self] request in answer(request) }
  }

  /// Stops watching.
  package func leave() { connection.authorizer = nil }

  /// Runs a body under a rule set.
  package func run<T>(as mode: Mode, _ body: () throws -> T) throws -> T {
    let before = self.mode
    self.mode = mode
    denial = nil
    let guarded = mode == .stored || mode == .recorded
    if guarded { try connection.set(.defensive, true) }
    defer { self.mode = before }
    do {
      let result = try body()
      try settle(guarded)
      return result
    } catch {
      try settle(guarded)
      throw error
    }
  }

  /// Runs a body under a rule set, and leaves the switches that it sets as they are: a part of something longer.
  func keeping<T>(as mode: Mode, _ body: () throws -> T) throws -> T {
    let before = self.mode
    self.mode = mode
    denial = nil
    try connection.set(.defensive, true)
    defer { self.mode = before }
    let result: T
    do {
      result = try body()
    } catch {
      try connection.set(.defensive, false)
      throw error
    }
    try connection.set(.defensive, false)
    return result
  }

  /// Tidemark's own look at the database in the midst of a step, whose switches stay as they are.
  func aside<T>(_ body: () throws -> T) rethrows -> T {
    let before = mode
    mode = .own
    defer { mode = before }
    return try body()
  }

  /// Takes back what a step may have switched.
  private func settle(_ guarded: Bool) throws {
    if guarded { try connection.set(.defensive, false) }
    try connection.set(.legacyAlterTable, false)
  }

  /// What was done to the schema since the last call.
  func takeTouch() -> Touch {
    defer { touch = .nothing }
    return touch
  }

  /// Whether what runs has to end within a bound.
  var isBounded: Bool { mode == .stored || mode == .recorded || hasStrangers }

  private func answer(_ request: AuthorizerRequest) -> AuthorizerAnswer {
    note(request)
    requests &+= 1
    if requests & 0xff == 0, let pulse, !pulse() {
      denial = "so much work"
      return .deny
    }
    if mode != .own { observer?(request) }
    guard let reason = SandboxRules.objection(to: request, in: mode) else { return .allow }
    denial = reason
    return .deny
  }

  private func note(_ request: AuthorizerRequest) {
    if request.action == .dropTable { onDrop?(request.first ?? "") }
    switch request.action {
    case .createTable, .createIndex, .createView, .createTrigger: touch = max(touch, .created)
    case .createVirtualTable, .alterTable, .dropTable, .dropIndex, .dropView, .dropTrigger, .dropVirtualTable:
      touch = .anything
    default: break
    }
  }
}

/// What is denied, and to whom. The table behind it was found by experiment on SQLite 3.40.1: each entry allowed here
/// is needed by some ALTER, DROP or rebuild.
enum SandboxRules {
  /// Why a request is denied; nil when it is allowed.
  static func objection(to request: AuthorizerRequest, in mode: Sandbox.Mode) -> String? {
    if mode == .recorded { return recordedObjection(to: request) }
    // What a trigger or a view asks for is not Tidemark's own, whatever fired it.
    if request.source != nil, let reason = plantedObjection(to: request) { return reason }
    if mode == .own { return nil }
    let stored = mode == .stored
    switch request.action {
    case .attach: return "ATTACH"
    case .detach: return "DETACH"
    case .transaction: return "\(request.first ?? "BEGIN") (a migration runs in Tidemark's transaction)"
    case .savepoint: return "SAVEPOINT (a migration runs in Tidemark's transaction)"
    case .createTempIndex, .createTempTable, .createTempTrigger, .createTempView, .dropTempIndex, .dropTempTable,
      .dropTempTrigger, .dropTempView:
      return "TEMP objects"
    case .pragma: return stored ? pragmaObjection(request) : nil
    case .function:
      let name = (request.second ?? "").lowercased()
      return stored && !functions.contains(name) ? "the function \(name)()" : nil
    case .createVirtualTable:
      if request.database?.lowercased() == "temp" { return "TEMP objects" }
      let module = (request.second ?? "").lowercased()
      if stored && !modules.contains(module) { return "virtual tables of the module \(module)" }
    case .read, .update:
      return isOwn(request.first) ? "Tidemark's own table \(request.first ?? "")" : nil
    default: break
    }
    for name in [request.first, request.second] where isOwn(name) {
      return "Tidemark's own table \(name ?? "")"
    }
    return nil
  }

  /// What no trigger and no view has a use for, the build's own neither.
  private static func plantedObjection(to request: AuthorizerRequest) -> String? {
    switch request.action {
    case .insert, .update, .delete: isOwn(request.first) ? "Tidemark's own table \(request.first ?? "")" : nil
    case .function where reaching.contains((request.second ?? "").lowercased()):
      "the function \(request.second ?? "")()"
    default: nil
    }
  }

  /// Functions that reach out of the database.
  private static let reaching: Set<String> = ["load_extension", "fts3_tokenizer", "readfile", "writefile", "edit"]

  /// Changes of rows, and a look at their table's columns: that is all that applying a record needs.
  private static func recordedObjection(to request: AuthorizerRequest) -> String? {
    switch request.action {
    case .select, .read, .insert, .update, .delete:
      return isOwn(request.first) ? "Tidemark's own table \(request.first ?? "")" : nil
    case .pragma where ["table_info", "table_xinfo", "defer_foreign_keys"].contains(request.first?.lowercased() ?? ""):
      return nil
    default: return "\(request.action)"
    }
  }

  private static func pragmaObjection(_ request: AuthorizerRequest) -> String? {
    let name = (request.first ?? "").lowercased()
    switch name {
    case "legacy_alter_table", "defer_foreign_keys", "data_version": return nil
    // ADD COLUMN with a CHECK runs quick_check itself, rtree asks for the page size.
    case "quick_check": return nil
    case "page_size" where request.second == nil: return nil
    default: return "PRAGMA \(name)"
    }
  }

  /// Whether a name is of Tidemark's tables, in any letter case.
  static func isOwn(_ name: String?) -> Bool { name.map(Schema.isTidemarks) ?? false }

  static let modules: Set<String> = ["fts5", "fts4", "rtree"]

  /// SQLite's own functions that read nothing but their arguments and the clock, and those that ALTER TABLE calls.
  static let functions: Set<String> = Set(
    """
    -> ->> abs acos acosh asin asinh atan atan2 atanh avg ceil ceiling changes char coalesce cos cosh count cume_dist \
    current_date current_time current_timestamp date datetime degrees dense_rank exp first_value floor format glob \
    group_concat hex ifnull iif instr json json_array json_array_length json_each json_extract json_group_array \
    json_group_object json_insert json_object json_patch json_quote json_remove json_replace json_set json_tree \
    json_type json_valid julianday lag last_insert_rowid last_value lead length like likelihood likely ln log log10 \
    log2 lower ltrim match max min mod nth_value ntile nullif octet_length percent_rank pi pow power printf quote \
    radians random randomblob rank replace round row_number rtrim sign sin sinh sqrt strftime string_agg substr \
    substring sum tan tanh time timediff total total_changes trim trunc typeof unhex unicode unixepoch unlikely upper \
    zeroblob concat concat_ws bm25 highlight snippet rtreecheck subtype sqlite_version sqlite_source_id \
    sqlite_rename_table sqlite_rename_test sqlite_rename_column sqlite_rename_quotefix sqlite_drop_column \
    sqlite_drop_constraint sqlite_add_constraint sqlite_find_constraint sqlite_fail
    """.split(separator: " ").map(String.init))
}
