// A folder of real files in which everything is written down, by SQLite and by the file layer, and in which one operation
// can go wrong. After a crash it is laid out as one of the disks that a power cut may leave.
import Foundation
import Synchronization
import TidemarkSQLite

/// The watched folder.
public final class FaultDisk: Sendable {
  /// How an operation goes on.
  enum Answer {
    case goOn
    case fail(Int32)
    /// Half of a write, and then this error; nil for the end.
    case half(Int32?)
    case dead
  }

  private struct State {
    var fault = Fault.none
    var count = 0
    var isDead = false
    var operations: [DiskOperation] = []
    var events: [DiskEvent] = []
    /// What names stand for now.
    var names: [String: Int] = [:]
    var files = 0
    /// Descriptors of the file layer.
    var open: [Int32: Int] = [:]
    /// Files whose folder SQLite syncs with their first sync.
    var newJournals: Set<Int> = []
  }

  /// The folder that is watched.
  public let root: String
  /// Another name for each file, so that none is gone for good.
  private let vault: String
  private let initial: DiskImage
  private let state: Mutex<State>
  private let local = LocalFiles()

  /// Watches a folder as it is, all of it taken for synced.
  /// - Parameters:
  ///   - root: a path without links, on a file system that has hard links.
  ///   - vault: an empty folder beside it.
  public init(_ root: String, vault: String, fault: Fault) throws {
    self.root = root
    self.vault = vault
    var image = DiskImage()
    var state = State(fault: fault)
    for path in try FileManager.default.subpathsOfDirectory(atPath: root).sorted() {
      guard let status = try local.status(root + "/" + path, followLinks: false) else { continue }
      if status.kind == .folder {
        image.folders.insert(path)
        continue
      }
      state.files += 1
      try local.link(root + "/" + path, to: vault + "/\(state.files)")
      image.names[path] = state.files
      image.contents[state.files] = try local.contents(of: root + "/" + path)
    }
    state.names = image.names
    initial = image
    self.state = Mutex(state)
  }

  /// The operations so far.
  public var operations: [DiskOperation] { state.withLock { $0.operations } }
  /// Whether the fault was met.
  public var isMet: Bool { state.withLock { $0.fault.place > 0 && $0.count >= $0.fault.place } }

  /// Whether the process has ended, as far as the disk goes.
  var isEnded: Bool { state.withLock { $0.isDead } }

  /// The path inside, when it is inside.
  func inside(_ path: String) -> String? {
    path.hasPrefix(root + "/") ? String(path.dropFirst(root.count + 1)) : nil
  }

  // MARK: what happens

  func answer(_ kind: DiskOperation.Kind, _ words: @autoclosure () -> String, isSQLite: Bool) -> Answer {
    state.withLock { state in
      if state.isDead { return .dead }
      state.count += 1
      let operation = DiskOperation(kind: kind, words: words(), isSQLite: isSQLite)
      state.operations.append(operation)
      guard state.fault.place > 0, state.count >= state.fault.place else { return .goOn }
      let isHere = state.count == state.fault.place
      switch state.fault.kind {
      case .errorOnce: return isHere ? .fail(EIO) : .goOn
      case .errorAlways: return .fail(EIO)
      case .fullOnce: return isHere ? .fail(ENOSPC) : .goOn
      case .fullAlways: return operation.takesRoom ? .fail(ENOSPC) : .goOn
      case .interrupted: return isHere ? .fail(EINTR) : .goOn
      case .shortWrite: return isHere ? .half(ENOSPC) : .goOn
      case .tornPage, .crash:
        state.isDead = true
        return state.fault.kind == .tornPage ? .half(nil) : .dead
      }
    }
  }

  func note(_ event: DiskEvent) { state.withLock { $0.events.append(event) } }

  /// Changes names, in the same way as the disk has just done.
  func noteNames(_ event: DiskEvent) {
    state.withLock { state in
      state.events.append(event)
      switch event {
      case .rename(let from, let to): state.names[to] = state.names.removeValue(forKey: from)
      case .exchange(let first, let second):
        (state.names[first], state.names[second]) = (state.names[second], state.names[first])
      case .link(let from, let to): state.names[to] = state.names[from]
      case .unlink(let path): state.names[path] = nil
      default: break
      }
    }
  }

  /// The number of a file, which is taken down as new when it was not there.
  func file(_ path: String, isJournal: Bool = false) throws -> Int {
    try state.withLock { state in
      if let file = state.names[path] { return file }
      state.files += 1
      try local.link(root + "/" + path, to: vault + "/\(state.files)")
      state.names[path] = state.files
      state.events.append(.create(path: path, file: state.files))
      if isJournal { state.newJournals.insert(state.files) }
      return state.files
    }
  }

  func isThere(_ path: String) -> Bool { state.withLock { $0.names[path] != nil } }
  /// SQLite syncs the folder with the first sync of a new journal.
  func isFirstSync(ofJournal file: Int) -> Bool { state.withLock { $0.newJournals.remove(file) != nil } }

  func opened(_ descriptor: Int32, _ file: Int) { state.withLock { $0.open[descriptor] = file } }
  func file(behind descriptor: Int32) -> Int? { state.withLock { $0.open[descriptor] } }
  func name(behind descriptor: Int32) -> String {
    state.withLock { state in
      guard let file = state.open[descriptor] else { return "descriptor \(descriptor)" }
      return state.names.first { $0.value == file }?.key ?? "a file without a name"
    }
  }
  /// Whether the descriptor was still open, and is to be closed.
  func closed(_ descriptor: Int32) -> Bool { state.withLock { $0.open.removeValue(forKey: descriptor) != nil } }

  // MARK: afterwards

  /// The end of the process: what it has open is closed, and nothing it still tries does anything.
  public func end() {
    let open = state.withLock { state in
      state.isDead = true
      defer { state.open = [:] }
      return state.open.keys
    }
    for descriptor in open { local.close(descriptor) }
  }

  /// Lays the folder out as a power cut may have left it. Every file is again the one it was.
  public func layOut(_ survival: Survival) throws {
    let image = initial.after(state.withLock { $0.events }, survival)
    for path in try FileManager.default.subpathsOfDirectory(atPath: root).sorted().reversed() {
      try FileManager.default.removeItem(atPath: root + "/" + path)
    }
    for folder in image.folders.sorted() { try local.makeFolder(root + "/" + folder) }
    for (path, file) in image.names {
      let descriptor = try local.open(vault + "/\(file)", .readWrite)
      defer { local.close(descriptor) }
      let bytes = image.contents[file] ?? []
      // One that was not changed keeps its time, too.
      if try local.contents(of: vault + "/\(file)") != bytes {
        try local.truncate(descriptor, to: 0)
        try bytes.withUnsafeBytes { try local.write(descriptor, $0, at: 0) }
      }
      try local.link(vault + "/\(file)", to: root + "/" + path)
    }
  }
}
