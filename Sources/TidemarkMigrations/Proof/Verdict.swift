// What the proof of a downgrade came to, as the changelog keeps it.

/// What is known, by execution, of a migration's downgrade.
///
/// A schema proof has run the upgrade, the downgrade and the upgrade again on an empty copy of the schema and found the
/// exact fingerprint each time; a proof with data has followed made-up or real rows besides. What a schema proof alone
/// cannot tell, it does not claim: where the upgrade, or the downgrade beside it, changes rows that were there before, it
/// says `unproven`. So do both of a column that gets another type, whatever the rows at hand hold.
///
/// In order, best first. `lossless` and `losslessWithAttic` both keep everything; only where the attic is turned off
/// does the second lose what it names.
public enum Verdict: Sendable, Hashable, Codable, CustomStringConvertible {
  /// The downgrade returns schema and rows, and destroys nothing that the newer build may have written.
  case lossless
  /// The downgrade returns schema and rows, and drops tables or columns of the newer build, whose rows and values the
  /// attic keeps until the upgrade comes back.
  case losslessWithAttic
  /// Something does not come back: what, in words.
  case lossy(String)
  /// It is not known: why, in words.
  case unproven(String)

  /// Reads what ``description`` writes; nil for any other text.
  public init?(_ text: String) {
    switch text {
    case "lossless": self = .lossless
    case "lossless with attic": self = .losslessWithAttic
    default:
      guard let colon = text.firstIndex(of: ":") else { return nil }
      let rest = text[text.index(after: colon)...].drop { $0 == " " }
      switch text[..<colon] {
      case "lossy": self = .lossy(String(rest))
      case "unproven": self = .unproven(String(rest))
      default: return nil
      }
    }
  }

  /// What an entry of a changelog says; an entry without a verdict is unproven.
  public init(entry text: String?) {
    self = text.flatMap(Verdict.init) ?? .unproven("the build that applied it proved nothing")
  }

  /// "lossless", "lossless with attic", "lossy: what", "unproven: why".
  public var description: String {
    switch self {
    case .lossless: "lossless"
    case .losslessWithAttic: "lossless with attic"
    case .lossy(let what): "lossy: \(what)"
    case .unproven(let why): "unproven: \(why)"
    }
  }

  /// Whether nothing is lost, the attic's help included.
  public var isLossless: Bool { self == .lossless || self == .losslessWithAttic }

  /// Reads the text of a verdict.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let text = try container.decode(String.self)
    guard let verdict = Verdict(text) else {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: "\(text) is no verdict")
    }
    self = verdict
  }

  /// Writes the text of a verdict.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}
