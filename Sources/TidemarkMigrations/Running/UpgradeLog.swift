// Which rows an upgrade reads and writes, as the authorizer hears of it.
internal import TidemarkSchema
internal import TidemarkSQLite

/// What the statements of one upgrade asked for.
final class UpgradeLog {
  private var read: Set<String> = []
  private var made: Set<String> = []
  private var dropped: Set<String> = []
  private var written: [String: Set<String>] = [:]

  /// Runs a body and hears of what its statements ask for, beside whoever listens already.
  static func listening<T>(in sandbox: Sandbox, _ body: (UpgradeLog) throws -> T) rethrows -> T {
    let log = UpgradeLog()
    let others = sandbox.observer
    sandbox.observer = { request in
      others?(request)
      log.note(request)
    }
    defer { sandbox.observer = others }
    return try body(log)
  }

  /// Hears of a request.
  func note(_ request: AuthorizerRequest) {
    guard let name = request.first else { return }
    switch request.action {
    case .read: if !Schema.isOwn(name) { read.insert(name.lowercased()) }
    case .insert, .delete: if !Schema.isOwn(name) { written[name.lowercased(), default: []].insert("*") }
    case .update:
      if !Schema.isOwn(name) { written[name.lowercased(), default: []].insert((request.second ?? "*").lowercased()) }
    case .createTable, .createVirtualTable: made.insert(name.lowercased())
    case .dropTable, .dropVirtualTable: dropped.insert(name.lowercased())
    default: break
    }
  }

  /// For the changelog; nil where no row was written.
  func rows(in schema: Schema) -> ObjectChanges.RowChanges? {
    let reads = read.subtracting(made)
    var writes = written
    // CREATE TABLE … AS SELECT inserts without saying so.
    if !reads.isEmpty { for name in made { writes[name, default: []].insert("*") } }
    guard !writes.isEmpty else { return nil }
    let tables = Dictionary(
      schema.objects.filter { $0.type == .table }.map { ($0.name.lowercased(), $0.name) }, uniquingKeysWith: { $1 })
    let named = writes.compactMap { name, columns in tables[name].map { ($0, columns.sorted()) } }
    guard !named.isEmpty else { return nil }
    return ObjectChanges.RowChanges(reads: reads.sorted(), writes: Dictionary(named, uniquingKeysWith: { $1 }))
  }

  /// Whether rows of a table may have been written.
  func writes(to table: String) -> Bool { written[table.lowercased()] != nil }

  /// Whether a table was dropped, if only to be made again.
  func drops(_ table: String) -> Bool { dropped.contains(table.lowercased()) }

  /// Whether a table was made anew, so that its rows may have other rowids.
  func remakes(_ table: String) -> Bool { !made.union(dropped).isDisjoint(with: [table.lowercased()]) }

  /// Whether rows of a table are not as they were but for these columns.
  func rewrites(_ table: String, but columns: [String]) -> Bool {
    let name = table.lowercased()
    if made.contains(name) || dropped.contains(name) { return true }
    let spared = Set(columns.map { $0.lowercased() })
    return !(written[name] ?? []).subtracting(spared).isEmpty
  }
}
