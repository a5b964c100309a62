// What can go wrong with keys, as data and in words.
internal import TidemarkSQLite

/// An error of a key or of its file.
public struct KeyError: Error, Sendable, CustomStringConvertible {
  /// What went wrong.
  public enum Reason: Sendable, Hashable {
    /// libsodium found no randomness or no memory to keep secrets in.
    case unavailable
    /// Where a file's path was wanted, there is a secret key itself.
    case spelledOut
    /// The file is not there.
    case missing
    /// The file holds no key of the kind that was asked for.
    case notAKey(expected: String)
    /// A secret key that others can read: its mode, such as 0o644.
    case exposed(mode: UInt32)
    /// The key cannot be used.
    case unusable(String)
    /// There is a file of that name already.
    case exists
    /// A file operation failed.
    case file(String)
  }

  /// What went wrong.
  public var reason: Reason
  /// The file, where there is one.
  public var path: String?

  init(_ reason: Reason, at path: String? = nil) {
    let isSecret = path.map(Self.isSecret) ?? false
    self.reason = isSecret ? .spelledOut : reason
    self.path = isSecret ? nil : path
  }

  /// Whether a text that was given for a path is a secret key, with or without the word before it: it is not to be shown.
  static func isSecret(_ text: String) -> Bool {
    text.utf8.split { $0 == 0x20 || $0 == 0x0A || $0 == 0x0D }.contains { word in
      // 32 bytes in base64; no file is called like that.
      word.elementsEqual(SecretKey.word.utf8)
        || word.count == 44 && word.last == 0x3D
          && word.dropLast().allSatisfy { byte in
            (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte) || byte == 43
              || byte == 47
          }
    }
  }

  /// A short name of the reason for programs. Never changes.
  public var code: String {
    switch reason {
    case .unavailable: "unavailable"
    case .spelledOut: "spelled-out"
    case .missing: "missing"
    case .notAKey: "not-a-key"
    case .exposed: "exposed"
    case .unusable: "unusable"
    case .exists: "exists"
    case .file: "file"
    }
  }

  /// What failed and why, in one sentence without a full stop. It never holds a key.
  public var description: String {
    let what =
      switch reason {
      case .unavailable: "this machine gives libsodium no randomness, or no memory that can be locked"
      case .spelledOut: "a secret key itself was given where the path of its file belongs"
      case .missing: "there is no such file"
      case .notAKey(let expected): "it holds no \(expected)"
      case .exposed(let mode): "a secret key that others may read: its mode is 0\(String(mode, radix: 8)), not 0600"
      case .unusable(let what), .file(let what): what
      case .exists: "there is a file of that name already"
      }
    return path.map { "\($0): \(what)" } ?? what
  }

  /// Whether it is a refusal for safety, and not a failure.
  public var isRefusal: Bool {
    switch reason {
    case .exposed, .exists: true
    default: false
    }
  }

  /// What to do next.
  public var hint: String? {
    switch reason {
    case .unavailable: nil
    case .spelledOut:
      "put it into a file with mode 0600 and name that; it has been on a command line or in the environment, which others may "
        + "have read: a new one is safer"
    case .missing, .file: "check the path; 'tidemark keys new FILE' makes a key"
    case .notAKey(let expected):
      "'tidemark keys new FILE' makes a secret key, and its public half beside it; a \(expected) is wanted here"
    case .exposed: "make it yours alone with chmod 600, and a new key if others may have read it"
    case .unusable: "ask its owner for the key again"
    case .exists: "choose another name; a key that is overwritten is lost, and what was sealed to it"
    }
  }
}
