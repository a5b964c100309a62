// What went wrong, for whoever has to deal with it at night: what failed, why, what is untouched, what to do next.

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A command's failure, complete and in words. Rendered once, as words or as JSON.
package struct Failure: Error, Sendable, Hashable {
  /// Stable, for programs: `snapshot.damaged`.
  package var code: String
  /// What failed.
  package var message: String
  /// Why.
  package var reason: String?
  /// What is as it was before.
  package var untouched: String?
  /// What to do next.
  package var hint: String?
  /// The line of usage, of a command line that cannot be understood.
  package var usage: String?
  /// What programs want to know: ids, paths.
  package var details: [String: JSONValue]
  /// The process's exit status.
  package var exitStatus: Int32

  package init(
    code: String, _ message: String, reason: String? = nil, untouched: String? = nil, hint: String? = nil,
    usage: String? = nil, details: [String: JSONValue] = [:], status: Outcome = .failed
  ) {
    self.code = code
    self.message = message
    self.reason = reason
    self.untouched = untouched
    self.hint = hint
    self.usage = usage
    self.details = details
    exitStatus = status.rawValue
  }
}

extension Failure {
  /// A command that was stopped by a signal; shells expect 128 and the signal's number.
  package static func interrupted(_ interrupted: Interrupted) -> Failure {
    var failure = Failure(
      code: "interrupted", "stopped by \(interrupted.name)", untouched: "what was begun has been rolled back",
      details: ["signal": .integer(Int64(interrupted.signal))])
    failure.exitStatus = 128 + interrupted.signal
    return failure
  }

  /// Standard output that could not be written to its end; `number` is the `errno`.
  package static func lostOutput(_ number: Int32) -> Failure {
    Failure(
      code: "output.lost", "standard output could not be written", reason: String(cString: strerror(number)),
      hint: "the command itself was carried out; look at its result before running it again",
      details: ["errno": .integer(Int64(number))])
  }

  /// An error that nobody has put into words.
  package static func unexpected(_ error: any Error) -> Failure {
    Failure(code: "unexpected", "\(error)")
  }

  /// For standard error: a label that says how bad it is, and a line for each part.
  package func words(styled: Bool) -> String {
    let refused = exitStatus == Outcome.refused.rawValue
    let label = StyledText(refused ? "refused:" : "error:", refused ? .notice : .bad)
    let parts: [(StyledText, String?)] = [
      (label, message), (StyledText("why:", .strong), reason), (StyledText("untouched:", .strong), untouched),
      (StyledText("usage:", .strong), usage), (StyledText("next:", .strong), hint),
    ]
    return parts.reduce(into: "") { text, part in
      guard let words = part.1 else { return }
      let lines = words.split(separator: "\n", omittingEmptySubsequences: false)
      for (index, line) in lines.enumerated() {
        text += index == 0 ? part.0.rendered(styled: styled) + " " : "  "
        text += StyledText.printable(String(line)) + "\n"
      }
    }
  }

  /// For standard output with `--json`.
  package func json() -> String {
    let body = Body(
      code: code, message: message, reason: reason, untouched: untouched, hint: hint, usage: usage,
      details: details.isEmpty ? nil : details, status: exitStatus)
    do {
      return try JSON.text(["error": body])
    } catch {
      // Strings and numbers always encode; should that ever fail, programs still get an object.
      return "{\"error\": {\"code\": \"unexpected\", \"message\": \"the error could not be encoded\"}}\n"
    }
  }

  private struct Body: Encodable {
    var code: String
    var message: String
    var reason: String?
    var untouched: String?
    var hint: String?
    var usage: String?
    var details: [String: JSONValue]?
    var status: Int32
  }
}
