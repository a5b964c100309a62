// Waiting for a lock that others hold: how long each time, and how it ends.

/// A wait for a database's lock.
struct LockWait {
  private let file: LockFile
  private var pauses: Pauses
  /// How often it is still looked again where the time is over and nobody is found who has it: whoever has just taken it has
  /// not said yet who that is, and whoever has just let it go leaves it to be had.
  private var namelessLooks = 20

  /// One that begins now.
  init(for file: LockFile, _ timeout: Duration) {
    self.file = file
    pauses = Pauses(timeout)
  }

  /// How long to rest before the next attempt.
  /// - Throws: `LockError`: `cancelled`, or `held` with those who hold it when the time is over.
  mutating func pause(_ isCancelled: () -> Bool) throws -> Duration {
    if isCancelled() { throw LockError(.cancelled, file.path) }
    if let pause = pauses.pause() { return pause }
    let holders = try file.holders()
    guard holders.isEmpty, namelessLooks > 0 else { throw LockError(.held, file.path, holders: holders) }
    namelessLooks -= 1
    return .milliseconds(10)
  }
}
