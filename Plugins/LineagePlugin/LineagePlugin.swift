// The build plugin of a target with migrations: one command, whose inputs are all files that the lineage is made of.

import Foundation
import PackagePlugin

@main struct LineagePlugin: BuildToolPlugin {
  func createBuildCommands(context: PluginContext, target: any Target) throws -> [Command] {
    guard let module = target.sourceModule else {
      Diagnostics.error("\(target.name) has no Swift sources, so it can have no migrations")
      return []
    }
    let folder = module.directoryURL
    let output = context.pluginWorkDirectoryURL.appending(path: "Lineage.swift")
    var arguments = ["--package", context.package.displayName, "--output", output.path]
    var inputs: [URL] = []
    for (option, file) in [("--sum", "lineage.sum"), ("--head", "head.sql"), ("--retired", "retired.sql")] {
      let url = folder.appending(path: file)
      guard isFile(url) else { continue }
      arguments += [option, url.path]
      inputs.append(url)
    }
    // schema.sql stands beside the migrations or above them: it is as much the service's as theirs. A build is planned
    // anew when a file comes to the target's own folder or leaves it, but not for the folder above; so that folder is
    // an input itself, and the generator looks there.
    let above = folder.deletingLastPathComponent()
    if let schema = [folder, above].map({ $0.appending(path: "schema.sql") }).first(where: isFile) {
      arguments += ["--schema", schema.path]
      inputs.append(schema)
    } else {
      arguments += ["--above", above.path]
      inputs.append(above)
    }
    let sources = module.sourceFiles.map(\.url).filter { $0.pathExtension == "swift" }.sorted { $0.path < $1.path }
    inputs += sources
    arguments += sources.map(\.path)
    return [
      .buildCommand(
        displayName: "Lineage of \(target.name)", executable: try context.tool(named: "LineageGenerator").url,
        arguments: arguments, inputFiles: inputs, outputFiles: [output])
    ]
  }

  private func isFile(_ url: URL) -> Bool {
    var isFolder: ObjCBool = false
    return FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder) && !isFolder.boolValue
  }
}
