// Whom to believe, and what can be opened.

/// What a reader of snapshots goes by: whose signatures it asks for, and which secret keys it has.
public struct Trust: Sendable {
  /// Those whose snapshots are taken; nil takes unsigned ones too.
  public var signers: [PublicKey]?
  /// The keys that open what was sealed to them.
  public var identities: [SecretKey]

  /// What to go by.
  public init(signers: [PublicKey]? = nil, identities: [SecretKey] = []) {
    self.signers = signers
    self.identities = identities
  }

  /// Every snapshot is taken that is not sealed. A snapshot is then input like any other: nothing in it is believed.
  public static let anyone = Trust()

  /// Only what one of these has signed is taken.
  public static func signed(by signers: PublicKey..., opening identities: [SecretKey] = []) -> Trust {
    Trust(signers: signers, identities: identities)
  }
}
