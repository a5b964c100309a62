// What the codec has against some bytes; the floor that knows the file's name turns it into a `SnapshotError`.

/// A fault in bytes that should be a snapshot, without the name of any file.
public enum FormatFault: Error, Sendable, Hashable {
  /// The bytes contradict themselves or a checksum.
  case damaged(String)
  /// The bytes end too early.
  case truncated(String)
  /// The bytes are whole but need something that this build does not know.
  case unsupported(String)
}
