// What the system says of a file, and the words for how one is opened and locked.

/// How a file is opened. Every descriptor is closed on exec. What is written to is never a link: those who can plant one
/// would choose the file.
public enum OpenHow: Sendable, Hashable {
  /// An existing file, to read.
  case read
  /// An existing file, to read and write.
  case readWrite
  /// A file that must not be there yet, with these permission bits.
  case createNew(mode: UInt32)
  /// A file that is made, with these permission bits, when it is not there.
  case create(mode: UInt32)
}

/// A lock on a range of bytes.
public enum RangeLock: Sendable, Hashable {
  /// Others may hold it too.
  case shared
  /// Nobody else may.
  case exclusive
  /// Let go.
  case none
}

/// What the system says of a file.
public struct FileStatus: Sendable, Hashable {
  /// What a name stands for.
  public enum Kind: Sendable, Hashable {
    /// A regular file.
    case file
    /// A folder.
    case folder
    /// A symbolic link.
    case link
    /// A device, a socket, a pipe.
    case other
  }

  /// What it is.
  public var kind: Kind
  /// Bytes.
  public var size: Int64
  /// Permission bits, the low twelve.
  public var mode: UInt32
  /// The owner's number.
  public var owner: UInt32
  /// The group's number.
  public var group: UInt32
  /// With `device`, the identity of the file.
  public var inode: UInt64
  /// The device it is on.
  public var device: UInt64
  /// When it was last written, in seconds since 1970.
  public var modified: Double

  /// All of it.
  public init(
    kind: Kind, size: Int64, mode: UInt32, owner: UInt32, group: UInt32, inode: UInt64, device: UInt64, modified: Double
  ) {
    self.kind = kind
    self.size = size
    self.mode = mode
    self.owner = owner
    self.group = group
    self.inode = inode
    self.device = device
    self.modified = modified
  }
}
