// The check at the end of every plan, and of a start that finds nothing to do but has no mark to trust.
internal import TidemarkSchema
internal import TidemarkSQLite

/// Holds a database against a head, and turns what it finds into a verdict.
struct Verification {
  /// What was found beside the head.
  struct Result {
    var notes: [String] = []
    var drift: [String] = []
  }

  /// An object that a downgrade made and that its change had not removed.
  struct Made {
    var by: Changelog.Entry
    var title: String
  }

  private let connection: Connection
  private let sandbox: Sandbox
  private let options: MigratorOptions

  init(_ connection: Connection, _ sandbox: Sandbox, _ options: MigratorOptions) {
    self.connection = connection
    self.sandbox = sandbox
    self.options = options
  }

  /// - Parameters:
  ///   - found: the schema as it is now.
  ///   - head: the schema as it should be.
  ///   - before: the schema before the plan's steps; what they did not touch was altered by somebody else.
  ///   - undone: the entries whose downgrades ran, which answer for what they left behind.
  ///   - holding: triggers that no migration made and that compiled before the plan: they must still.
  ///   - made: what downgrades made; where the head does not have it, it was left behind too and is nobody's drift.
  /// - Throws: `MigrationError`: `.leftBehind`, `.altered`, `.inTheWay`, `.notConverged`, `.drift`.
  func verify(
    found: Schema, head: Schema, before: Schema, undone: [Changelog.Entry], made: [Made] = [],
    holding: Set<String> = []
  ) throws -> Result {
    let convergence = Convergence(found: found, head: head)
    let leavings = convergence.leavings(of: undone)
    if !leavings.entries.isEmpty {
      throw MigrationError.leftBehind(
        leavings.entries.map { .init(id: $0.id, name: $0.name) }, differences: leavings.words)
    }
    let beside = Set(convergence.drift.map(ObjectChanges.key))
    if let left = made.first(where: { beside.contains(ObjectChanges.key($0.title)) }) {
      let all = made.filter { $0.by.id == left.by.id && beside.contains(ObjectChanges.key($0.title)) }
      throw MigrationError.leftBehind(
        [.init(id: left.by.id, name: left.by.name)], differences: all.map { "\($0.title) was made by it, and stayed" })
    }
    let changes = ObjectChanges(before: before, after: found)
    let touched = Set(changes.all.map(ObjectChanges.key))
    let own = convergence.differences.filter { touched.contains(ObjectChanges.key($0.title)) }
    if !own.isEmpty { throw MigrationError.notConverged(own.map(\.words)) }
    guard convergence.differences.isEmpty else { throw MigrationError.altered(convergence.differences.map(\.words)) }
    let broken = try compile(found, head: head, touched: touched, holding: holding)
    if options.strict, !convergence.drift.isEmpty { throw MigrationError.drift(convergence.drift) }
    var result = Result(notes: broken, drift: convergence.drift)
    if !convergence.drift.isEmpty {
      result.notes.append("left alone, as no migration made it: \(convergence.drift.joined(separator: ", "))")
    }
    if !convergence.reordered.isEmpty {
      result.notes.append(
        "columns stand in another order than the head's in: \(convergence.reordered.joined(separator: ", "))")
    }
    return result
  }

  /// The head's own views and triggers by the author's rules; everybody else's by the rules for stored SQL.
  /// - Returns: what does not compile and is neither the head's nor of this plan's making: it was broken before.
  /// - Throws: `MigrationError.inTheWay` for an operator's trigger that compiled before the plan.
  private func compile(
    _ found: Schema, head: Schema, touched: Set<String>, holding: Set<String>
  ) throws -> [String] {
    let own = Set(head.objects.map(ObjectChanges.key))
    let compilation = Compilation(connection: connection, sandbox: sandbox)
    var faults: [String] = []
    var broken: [String] = []
    for object in found.objects {
      let key = ObjectChanges.key(object)
      guard let fault = try compilation.fault(of: object, as: own.contains(key) ? .compiled : .stored) else { continue }
      if holding.contains(key) { throw inTheWay(object, fault) }
      if own.contains(key) || touched.contains(key) { faults.append(fault) } else { broken.append(fault) }
    }
    if !faults.isEmpty { throw MigrationError.notConverged(faults) }
    return broken
  }

  private func inTheWay(_ object: SchemaObject, _ fault: String) -> MigrationError {
    let title = "\(object.title) on \(object.table)"
    let failure = StepFailure(direction: .replay, id: nil, name: "using \(title) after the plan", cause: fault)
    return .inTheWay(object: title, failure)
  }
}
