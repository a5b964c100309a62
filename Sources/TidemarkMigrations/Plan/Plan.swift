// The steps that take a changelog to a lineage: a value, computed before anything is touched.
internal import TidemarkSchema

/// What will run, in order.
public struct Plan: Sendable, Hashable, Codable {
  /// One step.
  public struct Step: Sendable, Hashable, Codable {
    /// What a step does.
    public enum Kind: String, Sendable, Hashable, Codable {
      /// A new database runs `schema.sql`.
      case baseline
      /// Entries that a baseline this build does not know stands for are put back.
      case unfold
      /// Entries that this build's baseline folded are put under it.
      case retire
      /// A stored downgrade runs.
      case downgrade
      /// A compiled upgrade runs.
      case upgrade
      /// A downgrade that is not stored yet is stored; nothing runs.
      case store
      /// A corrected downgrade takes the place of the stored one; nothing runs.
      case correct
    }
    /// What it does.
    public var kind: Kind
    /// The migration's id; nil for a baseline.
    public var id: MigrationID?
    /// The migration's name, or what the step is about.
    public var name: String
    /// The SQL that runs; code shows as a comment. Nil where none runs.
    public var sql: String?
    /// What is known of the downgrade that an upgrade leaves or that runs here, as ``Verdict`` writes it. Nil where there is
    /// none, and for an upgrade that is proven when the plan runs.
    public var proof: String?
  }

  /// What is said of a plan beside its steps.
  public enum Note: Sendable, Hashable, Codable {
    /// These run below ids that are applied already, because branches were merged.
    case late([MigrationID])
    /// The schema is not what the applied migrations made: changed by hand. What the steps do not put right is refused
    /// when they have run.
    case altered([String])

    /// In words.
    public var words: String {
      switch self {
      case .late(let ids): "\(ids.list) applied below ids that were applied already (merged branches)"
      case .altered(let differences):
        "the schema was changed by hand, and what the steps do not put right is refused: "
          + differences.joined(separator: "; ")
      }
    }
  }

  /// The steps.
  public var steps: [Step]
  /// The steps that are tried when these do not converge: the known changes above the unknown ones go down and up
  /// again too. Nil when there are none.
  public var fallback: [Step]?
  /// What is said of the plan.
  public var notes: [Note]
  /// The ids applied before.
  public var before: [MigrationID]
  /// The ids applied afterwards.
  public var after: [MigrationID]
  /// Names exactly this plan on a database in exactly this state.
  public var id: String

  /// Whether there is nothing to do.
  public var isEmpty: Bool { steps.isEmpty }
  /// The entries that are undone for good.
  public var undone: [Step] { steps.filter { $0.kind == .downgrade } }
}

/// What a plan is allowed.
public struct PlanOptions: Sendable, Hashable {
  /// Refuse an upgrade below an id that is applied already.
  public var strictOrder: Bool
  /// Refuse every downgrade.
  public var forwardOnly: Bool

  /// Refuse a downgrade, and an upgrade, that is not proven to lose nothing.
  public var requiresLossless: Bool

  /// What a plan is allowed; everything unless said.
  public init(strictOrder: Bool = false, forwardOnly: Bool = false, requiresLossless: Bool = false) {
    self.strictOrder = strictOrder
    self.forwardOnly = forwardOnly
    self.requiresLossless = requiresLossless
  }
}
