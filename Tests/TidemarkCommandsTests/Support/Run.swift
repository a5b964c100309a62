// Runs command lines in-process, with streams that can be read afterwards.

import Foundation
import Synchronization
import Testing
import TidemarkCommands

/// Remembers what was written.
final class Written: Sendable {
  private let bytes = Mutex<[UInt8]>([])
  private let writes = Mutex(0)

  var text: String { bytes.withLock { String(decoding: $0, as: UTF8.self) } }
  /// How often something was handed over.
  var count: Int { writes.withLock { $0 } }

  func sink(isTerminal: Bool = false, columns: Int? = nil, failing: Int32 = 0) -> Sink {
    Sink(isTerminal: isTerminal, columns: { columns }) { new in
      self.writes.withLock { $0 += 1 }
      if failing != 0 { return failing }
      self.bytes.withLock { $0 += new }
      return 0
    }
  }
}

/// How a command line ended.
struct Ended: Sendable {
  var status: Int32
  var output: String
  var error: String

  /// Standard output as the one JSON object it has to be.
  func json() throws -> [String: Any] {
    let object = try JSONSerialization.jsonObject(with: Data(output.utf8))
    return try #require(object as? [String: Any])
  }
}

extension Program {
  /// Runs a command line with streams that are no terminals, or are.
  func ended(
    _ arguments: [String], environment: [String: String] = [:], outputIsTerminal: Bool = false,
    errorIsTerminal: Bool = false, columns: Int? = nil, outputFails: Int32 = 0,
    interruption: Interruption = Interruption()
  ) async -> Ended {
    let output = Written()
    let error = Written()
    let status = await run(
      arguments, environment: Environment(environment),
      output: Output(
        standardOutput: output.sink(isTerminal: outputIsTerminal, columns: columns, failing: outputFails),
        standardError: error.sink(isTerminal: errorIsTerminal, columns: columns)),
      interruption: interruption)
    return Ended(status: status, output: output.text, error: error.text)
  }
}

/// For a verb that has said all it has to say by itself.
struct NothingMore: Report {
  func render(on page: inout Page) {}
}
