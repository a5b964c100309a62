// The way back, which is always stored as text: the build that needs it does not have the code.

/// How a migration is undone.
public struct Downgrade: Sendable, Hashable, ExpressibleByStringInterpolation {
  package enum Kind: Sendable, Hashable {
    case sql(String)
    case irreversible(String)
  }

  package var kind: Kind

  /// SQL, any number of statements; an empty text says that there is nothing to undo.
  public init(stringLiteral value: String) { kind = .sql(value) }
  /// SQL, any number of statements; an empty text says that there is nothing to undo.
  public init(_ sql: String) { kind = .sql(sql) }
  private init(kind: Kind) { self.kind = kind }

  /// There is no way back.
  /// - Parameter why: shown to whoever asks for it.
  public static func irreversible(_ why: String) -> Downgrade { Downgrade(kind: .irreversible(why)) }

  /// The text to store; nil for an irreversible one.
  package var sql: String? { if case .sql(let text) = kind { text } else { nil } }
  /// Why there is no way back; nil where there is one.
  package var reason: String? { if case .irreversible(let why) = kind { why } else { nil } }
}
