// What can go wrong with one operation on a disk.

/// A kind of fault.
public enum FaultKind: String, Sendable, CaseIterable {
  /// The operation fails with EIO; later ones work.
  case errorOnce
  /// It and all that follow fail with EIO.
  case errorAlways
  /// There is no room for it; there is later.
  case fullOnce
  /// There is no room for it, nor for anything after it.
  case fullAlways
  /// It answers EINTR.
  case interrupted
  /// Half of a write gets out, and then there is no room.
  case shortWrite
  /// The power goes in the middle of a write.
  case tornPage
  /// The power goes before the operation.
  case crash
}

/// A fault at one operation, counted from 1; nothing happens at 0.
public struct Fault: Sendable, Hashable {
  public var kind: FaultKind
  public var place: Int

  public init(_ kind: FaultKind, at place: Int) {
    self.kind = kind
    self.place = place
  }

  /// No fault: for counting.
  public static let none = Fault(.crash, at: 0)
}

/// What the caller of an operation meets after the power went.
public struct PowerCut: Error {}

/// One operation as a fault sees it.
public struct DiskOperation: Sendable, Hashable, CustomStringConvertible {
  /// What it does, as far as faults differ.
  public enum Kind: Sendable, Hashable {
    case look, read, lock, memory, open
    case create, write, resize, sync, name, folder
  }

  public var kind: Kind
  /// What is done, and to which file.
  public var words: String
  /// Whether SQLite does it; else Tidemark's own file layer.
  public var isSQLite: Bool

  public var description: String { (isSQLite ? "SQLite: " : "") + words }

  /// Whether what is on the disk can be another after it.
  public var changesDisk: Bool {
    switch kind {
    case .look, .read, .lock, .memory, .open: false
    case .create, .write, .resize, .sync, .name, .folder: true
    }
  }

  /// Whether a full disk can refuse it. A sync can: room is often given only then.
  var takesRoom: Bool {
    switch kind {
    case .look, .read, .lock, .open: false
    case .memory, .create, .write, .resize, .sync, .name, .folder: true
    }
  }

  /// Whether a kind of fault makes sense here. SQLite's platform repeats what was interrupted, below its VFS.
  public func canMeet(_ fault: FaultKind) -> Bool {
    switch fault {
    case .errorOnce, .errorAlways: true
    case .fullOnce, .fullAlways: takesRoom
    case .interrupted: !isSQLite
    case .shortWrite, .tornPage: kind == .write
    case .crash: changesDisk
    }
  }
}
