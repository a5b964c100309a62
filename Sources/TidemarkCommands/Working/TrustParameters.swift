// Keys on the command line: always the names of their files, never the keys.

import Tidemark

/// The options that say whom to believe, and what opens and seals snapshots.
enum TrustParameters {
  static let requireSignature = Option(
    "require-signature", "KEY", .path, .repeated, environment: "TIDEMARK_REQUIRE_SIGNATURE", isGuard: true,
    help: "Take only a snapshot that this public key has signed; any of them when given more than once.")
  static let identity = Option(
    "identity", "KEY", .path, .repeated, environment: "TIDEMARK_IDENTITY", isGuard: true,
    help: "The file of a secret key that opens sealed snapshots.")
  static let sign = Option(
    "sign", "KEY", .path, environment: "TIDEMARK_SIGN", isGuard: true,
    help: "Sign the snapshot with the secret key in this file.")
  static let encryptTo = Option(
    "encrypt-to", "KEY", .path, .repeated, environment: "TIDEMARK_ENCRYPT_TO", isGuard: true,
    help: "Seal the snapshot, so that only the owner of this public key can read it; of any, when given more than once."
  )

  /// For verbs that read snapshots.
  static let reading: [any Parameter] = [requireSignature, identity]
  /// For verbs that take them.
  static let writing: [any Parameter] = [sign, encryptTo]
}

extension Invocation {
  /// Whom to believe, and what can be opened.
  /// - Throws: `KeyError`.
  var trust: Trust {
    get throws {
      let signers = try self[all: TrustParameters.requireSignature].map { try KeyFile.readPublic($0) }
      let identities = try self[all: TrustParameters.identity].map { try KeyFile.readSecret($0) }
      return Trust(signers: signers.isEmpty ? nil : signers, identities: identities)
    }
  }

  /// The store, read by what the command line says of trust.
  /// - Throws: `KeyError`.
  var trustedStore: SnapshotStore {
    get throws {
      var store = snapshotStore
      store.trust = try trust
      return store
    }
  }

  /// Has the snapshots that are taken signed and sealed as the command line says.
  /// - Throws: `KeyError`.
  func signAndSeal(_ managed: inout ManagedDatabase) throws {
    managed.options.signer = try self[TrustParameters.sign].map { try KeyFile.readSecret($0) }
    managed.options.recipients = try self[all: TrustParameters.encryptTo].map { try KeyFile.readPublic($0) }
  }
}
