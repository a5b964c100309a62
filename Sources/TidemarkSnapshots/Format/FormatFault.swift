// What the codec has against some bytes; the floor that knows the file's name turns it into a `SnapshotError`.

/// A fault in bytes that should be a snapshot, without the name of any file.
public enum FormatFault: Error, Sendable, Hashable {
  /// The bytes contradict themselves or a checksum.
  case damaged(String)
  /// The bytes end too early.
  case truncated(String)
  /// The bytes are whole but need something that this build does not know.
  case unsupported(String)
  /// The bytes are sealed, and none of the keys that open them is at hand.
  case sealed(SealLabel)
  /// The bytes are signed, and are not what was signed.
  case forged(String)

  /// What it says, in a few words.
  var words: String {
    switch self {
    case .damaged(let what), .truncated(let what), .unsupported(let what), .forged(let what): what
    case .sealed: "it is sealed"
    }
  }
}
