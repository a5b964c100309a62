// The lock that keeps a database's schema from changing under those who use it.
internal import Synchronization
public import TidemarkSQLite
internal import TidemarkSnapshots

/// A lock of a database, in `DB-tidemark.lock` beside it.
///
/// A service holds it shared as long as it runs; a plan that changes something, and every restore, holds it exclusively.
/// It belongs to this object alone: another one in the same process conflicts with it as another process's does, and
/// closing any other descriptor does not drop it. It ends when it is released, and when the process dies.
public final class DatabaseLock: Sendable {
  /// How it is held.
  public enum Kind: String, Sendable, Hashable {
    /// Others may hold it shared too.
    case shared
    /// Nobody else holds it.
    case exclusive
  }

  /// How it is asked for.
  public enum Wish: Sendable, Hashable {
    /// Shared.
    case shared
    /// Exclusive.
    case exclusive
    /// Exclusive when nobody holds it, else shared: for a start. Of several at once one may change the database, and the
    /// others wait until it is content with a shared lock.
    case exclusiveIfFree
  }

  private struct State {
    var file: LockFile?
    /// Nil while it is let go to wait for others.
    var kind: Kind?
    var slot: Int?
    var holder: LockHolder
  }

  /// The lock file.
  public let path: String
  private let state: Mutex<State>

  private init(_ file: LockFile, _ kind: Kind, _ slot: Int?, _ holder: LockHolder) {
    path = file.path
    state = Mutex(State(file: file, kind: kind, slot: slot, holder: holder))
  }

  deinit { release() }

  /// How it is held; nil when it was released, or let go for others.
  public var kind: Kind? { state.withLock { $0.file == nil ? nil : $0.kind } }

  // MARK: Acquiring

  /// Takes the lock, waiting for others in this thread.
  ///
  /// - Parameters:
  ///   - database: the database's path; it need not be there yet. Links are followed.
  ///   - wish: how.
  ///   - holder: what others who wait are told.
  ///   - timeout: how long to wait; zero tries once.
  ///   - files: the file system.
  ///   - isCancelled: asked between tries.
  /// - Throws: `LockError`; on timeout `held`, with those who hold it.
  public static func acquire(
    _ database: String, _ wish: Wish, as holder: LockHolder, timeout: Duration = .zero,
    files: any FileSystem = LocalFiles(), isCancelled: () -> Bool = { Task.isCancelled }
  ) throws -> DatabaseLock {
    let file = try open(database, files)
    return try closing(file) { try own(file, wait(file, timeout, isCancelled) { try take(file, wish) }, holder) }
  }

  /// Takes the lock, waiting for others without holding a thread; cancelling the task ends the wait.
  ///
  /// - Parameters:
  ///   - database: the database's path.
  ///   - wish: how it is to be held.
  ///   - holder: who asks.
  ///   - timeout: how long to wait; zero tries once.
  ///   - files: the file system.
  ///   - isCancelled: asked between tries, beside the task.
  /// - Throws: `LockError`; on timeout `held`, with those who hold it.
  public static func acquire(
    _ database: String, _ wish: Wish, as holder: LockHolder, timeout: Duration = .zero,
    files: any FileSystem = LocalFiles(), isCancelled: @Sendable () -> Bool = { false }
  ) async throws -> DatabaseLock {
    let file = try open(database, files)
    do {
      return try own(file, try await wait(file, timeout, isCancelled) { try take(file, wish) }, holder)
    } catch {
      file.close()
      throw error
    }
  }

  private static func open(_ database: String, toLook: Bool = false, _ files: any FileSystem) throws -> LockFile {
    let path = database + "-tidemark.lock"
    let place: SwapPlace
    do {
      place = try SwapPlace(database, files: files)
    } catch let failure as FileError {
      throw LockError(path, failure)
    } catch {
      throw LockError(.missing, path, cause: error)  // a link to nothing
    }
    return try LockFile.open(database: place.target, toLook: toLook, files: files)
  }

  private static func closing<T>(_ file: LockFile, _ body: () throws -> T) throws -> T {
    do { return try body() } catch {
      file.close()
      throw error
    }
  }

  private static func take(_ file: LockFile, _ wish: Wish) throws -> Kind? {
    if wish != .shared, try file.lock(.exclusive) { return .exclusive }
    if wish != .exclusive, try file.lock(.shared) { return .shared }
    return nil
  }

  private static func own(_ file: LockFile, _ kind: Kind, _ holder: LockHolder) throws -> DatabaseLock {
    DatabaseLock(file, kind, try file.takeSlot(holder), holder)
  }

  // MARK: Changing and releasing

  /// Makes a shared lock exclusive, or an exclusive one shared, without letting go in between.
  ///
  /// What was held stays held when others are in the way. Two that both hold it shared and both want it exclusive wait for
  /// each other: one of them has to give up.
  ///
  /// - Parameters:
  ///   - kind: how it is to be held.
  ///   - purpose: what it is held for from then on, where that changes.
  ///   - timeout: how long to wait; zero tries once.
  ///   - isCancelled: asked between tries.
  /// - Throws: `LockError`; on timeout `held`, with those who hold it.
  public func convert(
    to kind: Kind, purpose: String? = nil, timeout: Duration = .zero, isCancelled: () -> Bool = { Task.isCancelled }
  ) throws {
    let file = try openFile()
    _ = try Self.wait(file, timeout, isCancelled) { try change(kind, purpose) }
  }

  /// Lets a shared lock go and waits to have it exclusively, in this thread: of several that hold it shared and wait for
  /// it, one gets it, and the others may be content with a shared one when that one is done.
  ///
  /// After a `LockError` nothing is held, and it can be asked for again. Where `isContent` throws it is held shared, as
  /// before: what was not content may be dealt with in another way.
  ///
  /// - Parameter isContent: asked under a shared lock, when nobody has it exclusively, four times a second at most; true
  ///   ends the wait.
  /// - Throws: `LockError`; on timeout `held`, with those who hold it; what `isContent` throws.
  func yield(
    purpose: String, timeout: Duration, isCancelled: () -> Bool = { Task.isCancelled }, isContent: () throws -> Bool
  ) throws {
    let file = try openFile()
    var nextLook = ContinuousClock.now
    _ = try Self.wait(file, timeout, isCancelled) {
      // Not held while it is waited for: that is what others wait for.
      try letGo()
      if let kind = try change(.exclusive, purpose) { return kind }
      guard ContinuousClock.now >= nextLook, try change(.shared, nil) != nil else { return nil }
      if try isContent() { return .shared }
      nextLook = .now + .milliseconds(250)
      try letGo()
      return nil
    }
  }

  /// Makes a shared lock exclusive, or an exclusive one shared, waiting without holding a thread.
  ///
  /// - Throws: `LockError`; on timeout `held`, with those who hold it.
  public func convert(to kind: Kind, purpose: String? = nil, timeout: Duration = .zero) async throws {
    let file = try openFile()
    _ = try await Self.wait(file, timeout, { false }) { try self.change(kind, purpose) }
  }

  private func openFile() throws -> LockFile {
    guard let file = state.withLock({ $0.file }) else { throw LockError(.failed, path) }
    return file
  }

  private func letGo() throws {
    try state.withLock { state in
      try state.file?.unlock()
      state.kind = nil
    }
  }

  private func change(_ kind: Kind, _ purpose: String?) throws -> Kind? {
    try state.withLock { state in
      guard let file = state.file else { throw LockError(.failed, path) }
      guard try file.lock(kind == .shared ? .shared : .exclusive) else { return nil }
      state.kind = kind
      if let purpose {
        let now = state.holder
        state.holder = LockHolder(pid: now.pid, build: now.build, host: now.host, since: now.since, purpose: purpose)
        if let slot = state.slot { try file.write(state.holder, slot) }
      }
      return kind
    }
  }

  /// Lets go. Doing it twice is harmless.
  public func release() {
    state.withLock { state in
      state.file?.close()
      state.file = nil
    }
  }

  /// Who holds a database's lock now, this process included; nobody where there is no lock file.
  ///
  /// - Throws: `LockError`.
  public static func holders(of database: String, files: any FileSystem = LocalFiles()) throws -> [LockHolder] {
    let file: LockFile
    do { file = try open(database, toLook: true, files) } catch let failure as LockError where failure.code == .missing
    {
      return []
    }
    defer { file.close() }
    return try file.holders()
  }

  // MARK: Waiting

  private static func wait(
    _ file: LockFile, _ timeout: Duration, _ isCancelled: () -> Bool, _ attempt: () throws -> Kind?
  ) throws -> Kind {
    var wait = LockWait(for: file, timeout)
    while true {
      if let kind = try attempt() { return kind }
      Pauses.sleep(try wait.pause(isCancelled))
    }
  }

  private static func wait(
    _ file: LockFile, _ timeout: Duration, _ isCancelled: @Sendable () -> Bool, _ attempt: @Sendable () throws -> Kind?
  ) async throws -> Kind {
    var wait = LockWait(for: file, timeout)
    while true {
      if let kind = try attempt() { return kind }
      let pause = try wait.pause(isCancelled)
      do { try await Task.sleep(for: pause) } catch { throw LockError(.cancelled, file.path) }
    }
  }
}
