// Learns what a stored downgrade does by running it where there is nothing to lose: on the same schema, in memory,
// without a row.
internal import TidemarkSchema
internal import TidemarkSQLite

/// The schema of a database in memory, on which downgrades run one after the other.
final class EffectsClone {
  private let connection: Connection
  private let sandbox: Sandbox
  private var schema: [SchemaRow] = []
  private var tracks: [Int64: TableTrack] = [:]
  /// Tables of this downgrade that are gone.
  private var ended: [TableTrack] = []
  private var pending: [AuthorizerRequest] = []
  private var lastTouch = Sandbox.Touch.nothing

  /// Without rows a downgrade has little to do; one that does more is not tried to its end. In thousands of SQLite's
  /// operations, and in pages.
  private static let patience = 20_000
  private static let pages = 10_000
  /// The longest value, in bytes.
  private static let length: Int32 = 16 << 20

  /// Makes the schema's objects.
  /// - Throws: `SQLiteError` when one cannot be made here, because it needs a function of the application, say.
  init(of schema: Schema) throws {
    connection = try Connection.inMemory()
    sandbox = Sandbox(connection)
    try connection.set(.foreignKeys, false)
    try connection.execute("PRAGMA max_page_count = \(Self.pages)")
    try connection.limit(.length, Self.length)
    let order = schema.objects.enumerated().sorted { ($0.element.type, $0.offset) < ($1.element.type, $1.offset) }
    for object in order.map(\.element) {
      if let sql = object.sql { try connection.execute(sql) }
    }
    self.schema = try Schema.read(from: connection, afterRow: 0)
  }

  /// What a downgrade does to the schema as the ones before it have left it.
  /// - Throws: `SQLiteError`, `MigrationError` when it does not run without data; the clone is then of no more use.
  func effects(of sql: String) throws -> DowngradeEffects {
    let before = Schema(objects: schema.map(\.object))
    try begin()
    sandbox.observer = { [unowned self] request in pending.append(request) }
    defer { sandbox.observer = nil }
    try sandbox.enter()
    var left = Self.patience
    connection.setProgressHandler(every: 1_000) {
      left -= 1
      return left > 0
    }
    defer {
      connection.setProgressHandler(every: 0, nil)
      sandbox.leave()
    }
    try sandbox.run(as: .stored) {
      try connection.execute(sql) { _, _ in try self.look() }
      try self.look()
    }
    let made = tracks.values.filter { $0.origin == nil }.compactMap { $0.now?.name }.sorted()
    let changes = ObjectChanges(before: before, after: Schema(objects: schema.map(\.object)))
    return DowngradeEffects(
      tables: tables(RebuildCopy(sql)), made: made, objects: changes.all.filter { !$0.hasPrefix("table ") }.sorted(),
      unknown: nil)
  }

  private func begin() throws {
    tracks.removeAll()
    ended.removeAll()
    pending.removeAll()
    lastTouch = .nothing
    for row in schema where row.object.type == .table {
      tracks[row.rowid] = TableTrack(existing: try shape(row.object), isVirtual: row.object.isVirtualTable)
    }
  }

  private func shape(_ object: SchemaObject) throws -> TableTrack.Shape {
    let columns = try connection.rows(
      "SELECT name FROM pragma_table_xinfo(?) WHERE hidden = 0 ORDER BY cid", object.name)
    return TableTrack.Shape(
      name: object.name, sql: object.sql ?? "", columns: try columns.map { try $0.get(0) })
  }

  /// Called before each statement runs, when it is prepared: first what the one before it did to the schema, then whose
  /// rows this one will write.
  private func look() throws {
    // What a statement asks for when it is prepared it does to the schema when it has run.
    let touch = sandbox.takeTouch()
    if max(touch, lastTouch) != .nothing { try followSchema() }
    lastTouch = touch
    let requests = pending
    pending.removeAll()
    for request in requests {
      guard let name = request.first, !Schema.isOwn(name) else { continue }
      guard let row = tracks.first(where: { $0.value.now?.name.lowercased() == name.lowercased() })?.key else {
        continue
      }
      switch request.action {
      case .insert, .delete: tracks[row]?.noteRows()
      case .update: tracks[row]?.noteSet(request.second ?? "")
      default: break
      }
    }
  }

  private func followSchema() throws {
    let found = try sandbox.aside { try Schema.read(from: connection, afterRow: 0) }
    let old = Dictionary(schema.map { ($0.rowid, $0.object) }, uniquingKeysWith: { $1 })
    let new = Dictionary(found.map { ($0.rowid, $0.object) }, uniquingKeysWith: { $1 })
    for (row, object) in old where object.type == .table && new[row]?.type != .table {
      if var track = tracks.removeValue(forKey: row) {
        track.become(nil)
        ended.append(track)
      }
    }
    for (row, object) in new where object.type == .table && old[row] != object {
      let shape = try sandbox.aside { try self.shape(object) }
      if tracks[row] == nil {
        tracks[row] = TableTrack(made: shape, isVirtual: object.isVirtualTable)
      } else {
        tracks[row]?.become(shape)
      }
    }
    schema = found
  }

  private func tables(_ copy: RebuildCopy) -> [DowngradeEffects.Table] {
    var result: [DowngradeEffects.Table] = []
    for (_, track) in tracks.sorted(by: { $0.key < $1.key }) {
      guard let origin = track.origin, let now = track.now else { continue }
      var after: [String: String] = [:]
      for (source, name) in zip(track.sources, now.columns) { if let source { after[source] = name } }
      let added = zip(track.sources, now.columns).filter { $0.0 == nil }.map(\.1)
      let table = DowngradeEffects.Table(
        name: origin.name, nameAfter: now.name, columns: origin.columns, columnsAfter: after, columnsAdded: added,
        changesRows: track.changesRows, columnsSet: track.columnsSet.sorted(),
        setsAddedColumns: track.setsAddedColumns, isRemade: false, isVirtual: track.isVirtual)
      let isRenamed = origin.name != now.name || after.contains { $0.key != $0.value }
      if table.isTouched || table.setsAddedColumns || isRenamed { result.append(table) }
    }
    return result + ended.compactMap { successor(of: $0, copy) }.sorted { $0.name < $1.name }
  }

  /// What became of a table that was dropped: one that was made and bears its name has taken its place.
  private func successor(of track: TableTrack, _ copy: RebuildCopy) -> DowngradeEffects.Table? {
    guard let origin = track.origin else { return nil }
    let heir = tracks.values.first { $0.origin == nil && $0.now?.name.lowercased() == origin.name.lowercased() }
    var after: [String: String] = [:]
    for column in origin.columns {
      after[column] = heir?.now?.columns.first { $0.lowercased() == column.lowercased() }
    }
    let kept = Set(after.values)
    var table = DowngradeEffects.Table(
      name: origin.name, nameAfter: heir?.now?.name, columns: origin.columns, columnsAfter: after,
      columnsAdded: heir?.now?.columns.filter { !kept.contains($0) } ?? [], changesRows: true, columnsSet: [],
      setsAddedColumns: false, isRemade: heir != nil, isVirtual: track.isVirtual)
    if let now = heir?.now { table.isCopied = Self.isCopied(origin, now, copy) }
    return table
  }

  private static func isCopied(_ old: TableTrack.Shape, _ new: TableTrack.Shape, _ copy: RebuildCopy) -> Bool {
    let columns = [old, new].map { $0.columns.map { $0.lowercased() } }
    if copy.rewrites(new.name) || copy.fault(of: new.name, before: columns[0], after: columns[1]) != nil {
      return false
    }
    let schemas = [old, new].map {
      Schema(objects: [SchemaObject(type: .table, name: new.name, table: new.name, sql: $0.sql)])
    }
    return SchemaRisks.typeChanges(from: schemas[0], to: schemas[1], renames: .none).isEmpty
  }
}
