// The program that the build plugin runs: finds a target's migrations among its files and writes its lineage as Swift.
//
//     LineageGenerator --package NAME --output FILE [--schema FILE | --above FOLDER --stamp FILE] [--retired FILE]
//                      [--head FILE] [--sum FILE] FILE.swift …

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Darwin)
  internal import Darwin
#endif

let report = Report()
do {
  let request = try Request(Array(CommandLine.arguments.dropFirst()))
  let gathering = Gathering(request, report)
  if let stamp = request.stamp, gathering.schemaIsAbove { try Stamp(path: stamp).turn() }
  let lineage = gathering.gather()
  if !report.hasErrors {
    try lineage.write(to: request.output)
  }
} catch {
  report.error(CommandLine.arguments.first ?? "LineageGenerator", "\(error)")
}
report.show()
exit(report.hasErrors ? 1 : 0)
