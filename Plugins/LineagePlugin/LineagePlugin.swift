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
    // anew when a file comes to the target's own folder or leaves it, but not for the folder above, and an input that is
    // gone fails the build: so the generator looks there itself. It runs when a file comes to that folder or leaves it,
    // and, while schema.sql is there, at each build, for which it turns a stamp; nothing is compiled that has not changed.
    let schema = folder.appending(path: "schema.sql")
    if isFile(schema) {
      arguments += ["--schema", schema.path]
      inputs.append(schema)
    } else {
      let above = folder.deletingLastPathComponent()
      let stamp = context.pluginWorkDirectoryURL.appending(path: "schema.stamp")
      if !isFile(stamp) { try Data().write(to: stamp) }
      arguments += ["--above", above.path, "--stamp", stamp.path]
      inputs += [above, stamp]
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
