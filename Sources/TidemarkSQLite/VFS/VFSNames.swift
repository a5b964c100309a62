// What a VFS knows by name: SQLite opens by name alone, so whatever is no file gets one.

/// The databases of one VFS, each under a name of its own.
final class VFSNames<Value: Sendable>: Sendable {
  private struct State {
    var values: [String: Value] = [:]
    var last = 0
  }
  private let state = Guarded(State())
  private let prefix: String

  /// - Parameter prefix: what each name begins with.
  init(prefix: String) { self.prefix = prefix }

  /// Puts a database under a new name, until it is removed.
  func add(_ value: Value) -> String {
    state.withLock { state in
      state.last += 1
      let name = "\(prefix)\(state.last)"
      state.values[name] = value
      return name
    }
  }

  /// Forgets a name.
  func remove(_ name: String) { state.withLock { $0.values[name] = nil } }

  /// What has a name.
  subscript(name: String) -> Value? { state.withLock { $0.values[name] } }
}
