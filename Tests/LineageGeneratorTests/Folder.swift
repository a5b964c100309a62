// A folder of a test's own and the generator run over it.

import Foundation
import TestProcesses
import Testing

/// What a run of the generator gave.
struct Run {
  var status: Int32
  /// Its lines, without the folder's path.
  var messages: [String]
  /// What it wrote; nil when it wrote nothing.
  var output: String?
}

/// A temporary folder that goes away with the value.
final class Folder {
  private let root: URL

  init() throws {
    root = FileManager.default.temporaryDirectory.appending(path: "lineage-\(UUID().uuidString)")
      .resolvingSymlinksInPath()
    try FileManager.default.createDirectory(at: files, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: root) }

  private var files: URL { root.appending(path: "files") }
  private var output: URL { root.appending(path: "Lineage.swift") }

  func write(_ name: String, _ text: String) { write(name, Data(text.utf8)) }

  func write(_ name: String, _ data: Data) {
    let url = files.appending(path: name)
    do {
      try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
      try data.write(to: url)
    } catch {
      Issue.record(error)
    }
  }

  /// The written file's identity and time.
  func outputStamp() throws -> String {
    let attributes = try FileManager.default.attributesOfItem(atPath: output.path)
    return "\(attributes[.systemFileNumber] ?? "") \(attributes[.modificationDate] ?? "")"
  }

  /// What the stamp says; nil when there is none.
  var stamp: String? { try? String(contentsOf: root.appending(path: "stamp"), encoding: .utf8) }

  /// Runs the generator as the plugin does; `above` as when the target's own folder has no schema.sql.
  func generate(above: Bool = false) throws -> Run {
    var arguments = ["--package", "app", "--output", output.path]
    if above { arguments += ["--above", files.path, "--stamp", root.appending(path: "stamp").path] }
    let names = FileManager.default.enumerator(atPath: files.path)?.compactMap { $0 as? String } ?? []
    for name in names.sorted() {
      let path = files.appending(path: name).path
      switch name {
      case "schema.sql" where above: break
      case "schema.sql": arguments += ["--schema", path]
      case "retired.sql": arguments += ["--retired", path]
      case "head.sql": arguments += ["--head", path]
      case "lineage.sum": arguments += ["--sum", path]
      case _ where name.hasSuffix(".swift"): arguments.append(path)
      default: break
      }
    }
    let ended = try run(try Self.program().path, arguments)
    let lines = ended.output.replacing(files.path + "/", with: "").split(separator: "\n")
    return Run(
      status: ended.status, messages: lines.map(String.init),
      output: try? String(contentsOf: output, encoding: .utf8))
  }

  /// The built generator, which lies beside the tests' bundle; as a plugin's tool its name has an ending.
  private static func program() throws -> URL {
    var folder = URL(filePath: CommandLine.arguments[0]).resolvingSymlinksInPath().deletingLastPathComponent()
    for bundle in Bundle.allBundles where bundle.bundlePath.hasSuffix(".xctest") {
      folder = bundle.bundleURL.deletingLastPathComponent()
    }
    for place in [folder, folder.deletingLastPathComponent()] {
      for name in ["LineageGenerator", "LineageGenerator-tool"] {
        let url = place.appending(path: name)
        if FileManager.default.isExecutableFile(atPath: url.path) { return url }
      }
    }
    throw CocoaError(.fileNoSuchFile, userInfo: [NSFilePathErrorKey: folder.path])
  }
}
