// The seal by which a sum's proof holds: over the migration it speaks of and all that comes before it.

/// Seals the proofs of a lineage's migrations, one after the other.
///
/// A proof is of one downgrade on one schema. Both follow from the baseline and from the sources up to the migration, so
/// the seal is the SHA-256 of the verdict, of the baseline's SQL tokens and of the sources' digests: it breaks when one
/// of them changes, comes or goes. So it does when Tidemark has come to ask more of a proof: an older verdict is none.
public struct ProofSeal: Sendable {
  /// Counts what a proof asks for; to be raised with everything that can make a verdict worse.
  private static let asked = "2"

  private var chain: String

  /// Begins with the text of `schema.sql`; nil where there is none.
  public init(baseline: String?) {
    chain = Self.digest([Self.asked, baseline.map(Digest.ofSQL) ?? ""])
  }

  /// Takes in the next migration by the digest of its source, in id order.
  public mutating func add(_ source: String) { chain = Self.digest([chain, source]) }

  /// The seal of a verdict on the migration that was added last, in 64 hexadecimal digits.
  public func seal(_ verdict: String) -> String { Self.digest([chain, verdict]) }

  private static func digest(_ parts: [String]) -> String {
    var digest = Digest()
    for part in parts { digest.update("\(part.utf8.count) \(part)") }
    return hexadecimal(digest.finish())
  }
}
