// Golden files: what a test expects lies in a file that is read in review. `TIDEMARK_RECORD_GOLDEN=1 swift test`
// writes them anew; the tests that wrote fail, so that a recording run never passes for a test.

import Foundation
import Testing

enum Golden {
  static func expect(
    _ text: String, equals name: String, sourceLocation: SourceLocation = #_sourceLocation, file: String = #filePath
  ) throws {
    let folder = URL(filePath: file).deletingLastPathComponent().appending(path: "Golden")
    let url = folder.appending(path: name)
    let recorded = try? String(contentsOf: url, encoding: .utf8)
    if ProcessInfo.processInfo.environment["TIDEMARK_RECORD_GOLDEN"] != nil, recorded != text {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      try text.write(to: url, atomically: true, encoding: .utf8)
      Issue.record("recorded \(name); look at it, and run again without recording", sourceLocation: sourceLocation)
      return
    }
    #expect(recorded == text, "Golden/\(name) says otherwise", sourceLocation: sourceLocation)
  }
}
