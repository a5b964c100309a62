// The two hooks by which a caller watches and bounds what SQL does: the authorizer and the progress handler.
internal import CTidemarkSQLite

/// Keeps a closure where C can find it.
final class AuthorizerBox {
  let decide: (AuthorizerRequest) -> AuthorizerAnswer
  init(_ decide: @escaping (AuthorizerRequest) -> AuthorizerAnswer) { self.decide = decide }
}

/// Keeps a closure where C can find it.
final class ProgressBox {
  let goOn: () -> Bool
  init(_ goOn: @escaping () -> Bool) { self.goOn = goOn }
}

extension Connection {
  /// Asked for everything that a statement being prepared would do; nil asks nobody.
  ///
  /// Setting it makes SQLite prepare its cached statements anew. An action code this module does not know is denied.
  public var authorizer: ((AuthorizerRequest) -> AuthorizerAnswer)? {
    get { authorizerBox?.decide }
    set {
      guard let handle = try? handle else { return }
      guard let newValue else {
        sqlite3_set_authorizer(handle, nil, nil)
        authorizerBox = nil
        return
      }
      let box = AuthorizerBox(newValue)
      sqlite3_set_authorizer(
        handle,
        { context, code, first, second, database, source in
          guard let context, let action = AuthorizerRequest.Action(rawValue: code) else { return SQLITE_DENY }
          let text = { (pointer: UnsafePointer<CChar>?) in pointer.map { String(cString: $0) } }
          let request = AuthorizerRequest(
            action: action, first: text(first), second: text(second), database: text(database), source: text(source))
          return switch Unmanaged<AuthorizerBox>.fromOpaque(context).takeUnretainedValue().decide(request) {
          case .allow: SQLITE_OK
          case .deny: SQLITE_DENY
          case .ignore: SQLITE_IGNORE
          }
        }, Unmanaged.passUnretained(box).toOpaque())
      authorizerBox = box
    }
  }

  /// Calls a closure while statements run; where it answers false the statement ends with `SQLITE_INTERRUPT`.
  /// - Parameters:
  ///   - operations: virtual-machine operations between two calls; 1,000 costs nothing measurable. SQLite does not
  ///     call it inside DROP TABLE, a DELETE of all rows, or count(*).
  ///   - handler: whether to go on; nil takes the handler away.
  public func setProgressHandler(every operations: Int32, _ handler: (() -> Bool)?) {
    guard let handle = try? handle else { return }
    guard let handler, operations > 0 else {
      sqlite3_progress_handler(handle, 0, nil, nil)
      progressBox = nil
      return
    }
    let box = ProgressBox(handler)
    sqlite3_progress_handler(
      handle, operations,
      { context in
        guard let context else { return 1 }
        return Unmanaged<ProgressBox>.fromOpaque(context).takeUnretainedValue().goOn() ? 0 : 1
      }, Unmanaged.passUnretained(box).toOpaque())
    progressBox = box
  }
}
