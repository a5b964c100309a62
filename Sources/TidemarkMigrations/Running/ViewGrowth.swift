// Views that stand on views multiply when SQLite compiles what uses them, and nothing can interrupt that: ten short lines
// can keep it busy for minutes. So they are counted beforehand.
internal import TidemarkSchema

/// How often views take in others.
struct ViewGrowth {
  /// So many times over may a view or a trigger take in views, all levels counted.
  static let bound = 4_096
  /// So many levels deep.
  static let levels = 500

  private let views: [String: [String]]
  private var sizes: [String: Int] = [:]

  /// Why a schema cannot be worked with; nil where it can.
  static func fault(in schema: Schema) -> String? {
    let views = schema.objects.filter { $0.type == .view }
    guard views.count > 1 else { return nil }
    let names = Set(views.map { nameKey($0.name) })
    var growth = ViewGrowth(
      views: Dictionary(views.map { (nameKey($0.name), Self.references($0, names)) }, uniquingKeysWith: { $1 }))
    for object in schema.objects where object.type == .view || object.type == .trigger {
      let used = object.type == .view ? [nameKey(object.name)] : Self.references(object, names)
      if growth.size(of: used) > bound {
        return
          "\(object.title) takes in views more than \(bound) times over, which SQLite could not compile in any time"
      }
    }
    return nil
  }

  private init(views: [String: [String]]) { self.views = views }

  private mutating func size(of names: [String], depth: Int = 0) -> Int {
    // Each on top of the last takes in all below it: as many levels are as many times over, and no stack is endless.
    guard depth <= Self.levels else { return Self.bound + 1 }
    var sum = 0
    for name in names where sum <= Self.bound { sum += size(of: name, depth: depth) }
    return sum
  }

  private mutating func size(of name: String, depth: Int) -> Int {
    if let size = sizes[name] { return size }
    // One that takes in itself is an error, and SQLite says so.
    sizes[name] = 1
    let size = 1 + size(of: views[name] ?? [], depth: depth + 1)
    sizes[name] = size
    return size
  }

  /// Behind these a table or a view may be named; behind any other word a column, a function or an alias.
  private static let places: [StaticString] = ["from", "join", "in", "into", "update", "on"]

  /// The views that a text may take in, each as often as it does.
  private static func references(_ object: SchemaObject, _ names: Set<String>) -> [String] {
    let statement = CreateStatement(object.sql ?? "")
    return statement.tokens.indices.compactMap { index in
      guard index != statement.name, isPlace(index, in: statement) else { return nil }
      let name = nameKey(statement.identifier(index))
      return names.contains(name) && (object.type == .trigger || name != nameKey(object.name)) ? name : nil
    }
  }

  /// Whether a table or a view may be named here: rather too often than too seldom, as a text may have been written to
  /// be read wrongly.
  private static func isPlace(_ index: Int, in statement: CreateStatement) -> Bool {
    let point = UInt8(ascii: ".")
    // The view of `view.column`, and the `main` of `main.view`.
    if index == 0 || statement.isSymbol(index + 1, point) { return false }
    if statement.isSymbol(index - 1, point) { return index > 1 && nameKey(statement.identifier(index - 2)) == "main" }
    return statement.isSymbol(index - 1, UInt8(ascii: ",")) || statement.isSymbol(index - 1, UInt8(ascii: "("))
      || places.contains { statement.isWord(index - 1, $0) }
      // UPDATE OR REPLACE.
      || index > 2 && statement.isWord(index - 2, "or") && statement.isWord(index - 3, "update")
  }
}
