// swift-tools-version: 6.2
import PackageDescription

// Floors, lowest first; each target may import only from floors below it. `Tests/HouseTests` holds the
// sources against the same table.
let package = Package(
  name: "tidemark",
  platforms: [.macOS(.v15)],
  products: [
    .library(name: "Tidemark", targets: ["Tidemark"]),
    .library(name: "TidemarkTesting", targets: ["TidemarkTesting"]),
    .library(name: "TidemarkCommands", targets: ["TidemarkCommands"]),
    .executable(name: "tidemark", targets: ["TidemarkTool"]),
    .executable(name: "scheduler", targets: ["SchedulerTool"]),
    .executable(name: "benchmarks", targets: ["Benchmarks"]),
    .plugin(name: "LineagePlugin", targets: ["LineagePlugin"]),
  ],
  targets: [
    .systemLibrary(
      name: "CTidemarkSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"]), .brew(["sqlite"])]),
    .systemLibrary(
      name: "CTidemarkLZ4", pkgConfig: "liblz4", providers: [.apt(["liblz4-dev"]), .brew(["lz4"])]),
    .systemLibrary(
      name: "CTidemarkXXHash", pkgConfig: "libxxhash", providers: [.apt(["libxxhash-dev"]), .brew(["xxhash"])]),
    .systemLibrary(
      name: "CTidemarkSodium", pkgConfig: "libsodium", providers: [.apt(["libsodium-dev"]), .brew(["libsodium"])]),

    .target(name: "TidemarkSQLite", dependencies: ["CTidemarkSQLite"]),
    .target(name: "TidemarkSchema", dependencies: ["TidemarkSQLite", "CTidemarkSodium"]),
    .target(
      name: "TidemarkSnapshots",
      dependencies: ["TidemarkSQLite", "CTidemarkLZ4", "CTidemarkXXHash", "CTidemarkSodium"]),
    .target(name: "TidemarkMigrations", dependencies: ["TidemarkSchema", "TidemarkSQLite", "CTidemarkSodium"]),
    .target(
      name: "Tidemark", dependencies: ["TidemarkMigrations", "TidemarkSnapshots", "TidemarkSchema", "TidemarkSQLite"]),
    .target(name: "TidemarkTesting", dependencies: ["Tidemark"]),
    .target(name: "TidemarkCommands", dependencies: ["Tidemark"]),

    .plugin(name: "LineagePlugin", capability: .buildTool(), dependencies: ["LineageGenerator"]),
    .executableTarget(name: "LineageGenerator", dependencies: ["TidemarkSchema"]),

    .target(name: "SchedulerMigrations", dependencies: ["Tidemark"], path: "Migrations", plugins: ["LineagePlugin"]),
    .target(name: "Scheduler", dependencies: ["Tidemark", "SchedulerMigrations"]),
    .executableTarget(name: "SchedulerTool", dependencies: ["Scheduler", "Tidemark", "SchedulerMigrations"]),
    .executableTarget(name: "TidemarkTool", dependencies: ["TidemarkCommands", "SchedulerMigrations"]),
    .executableTarget(name: "Benchmarks", dependencies: ["Tidemark", "TidemarkCommands"], path: "Benchmarks"),

    .testTarget(name: "TidemarkSQLiteTests", dependencies: ["TidemarkSQLite"]),
    .testTarget(name: "TidemarkSchemaTests", dependencies: ["TidemarkSchema", "TidemarkSQLite"]),
    .testTarget(
      name: "TidemarkSnapshotsTests",
      dependencies: ["TidemarkSnapshots", "TidemarkSQLite", "TestFiles", "TestProcesses"]),
    .testTarget(
      name: "TidemarkMigrationsTests", dependencies: ["TidemarkMigrations", "TidemarkSchema", "TidemarkSQLite"]),
    .testTarget(
      name: "TidemarkTests",
      dependencies: ["Tidemark", "TidemarkTesting", "SchedulerMigrations", "TestFiles", "TestProcesses"]),
    .testTarget(
      name: "TidemarkCommandsTests",
      dependencies: ["TidemarkCommands", "TidemarkTool", "Tidemark", "SchedulerMigrations", "TestProcesses"],
      exclude: ["Golden"]),
    // A build that is two migrations ahead, for tests and for the snapshots in Snapshots/.
    .target(name: "AheadLineage", dependencies: ["Tidemark", "SchedulerMigrations"], path: "Tests/Ahead/Lineage"),
    .executableTarget(
      name: "MakeSnapshots", dependencies: ["AheadLineage", "Tidemark", "SchedulerMigrations"],
      path: "Tests/Ahead/MakeSnapshots"),
    .testTarget(
      name: "SchedulerTests",
      dependencies: [
        "AheadLineage", "Scheduler", "SchedulerTool", "Tidemark", "TidemarkTesting", "SchedulerMigrations",
        "TestProcesses",
      ]),
    .testTarget(name: "LineageGeneratorTests", dependencies: ["TestProcesses"]),
    // The built programs as processes of their own, beside the real sqlite3 and lz4.
    .testTarget(
      name: "SystemTests", dependencies: ["FaultSweep", "Soak", "TidemarkTool", "SchedulerTool", "TestProcesses"]),
    // What faults are swept with: a file system to wrap, a SQLite VFS and a model of a disk that loses power.
    .target(name: "TestFiles", dependencies: ["TidemarkSQLite"], path: "Tests/Support/Files"),
    .target(name: "CFaultVFS", dependencies: ["CTidemarkSQLite"], path: "Tests/Support/FaultVFS"),
    .target(name: "Faults", dependencies: ["CFaultVFS", "TestFiles", "TidemarkSQLite"], path: "Tests/Support/Faults"),
    .executableTarget(name: "FaultSweep", dependencies: ["Faults", "TestFiles", "Tidemark"], path: "Tests/FaultSweep"),
    // Every reader of bytes from outside, as a function of those bytes; under libFuzzer with Scripts/fuzz.
    .target(
      name: "FuzzInputs",
      dependencies: ["TestFiles", "TidemarkMigrations", "TidemarkSchema", "TidemarkSnapshots", "TidemarkSQLite"],
      path: "Tests/Fuzz/Inputs"),
    .testTarget(name: "FuzzTests", dependencies: ["FuzzInputs"]),
    // Random histories of a database against a model, with kills.
    .executableTarget(name: "Soak", dependencies: ["TestFiles", "Tidemark"], path: "Tests/Soak"),
    // Starts programs for tests.
    .target(name: "TestProcesses", path: "Tests/Support/Processes"),
    .testTarget(name: "HouseTests", dependencies: []),
  ]
)

// Needs libFuzzer, which Scripts/fuzz names, and code that is instrumented for it.
if let library = Context.environment["TIDEMARK_LIBFUZZER"] {
  package.targets += [
    .target(name: "CFuzzer", path: "Tests/Fuzz/CFuzzer"),
    .executableTarget(
      name: "Fuzz", dependencies: ["CFuzzer", "FuzzInputs"], path: "Tests/Fuzz/Driver",
      linkerSettings: [.unsafeFlags([library]), .linkedLibrary("stdc++")]),
  ]
}

for target in package.targets where ![.system, .plugin].contains(target.type) {
  target.swiftSettings = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("InternalImportsByDefault"),
    // An async function stays on its caller's thread: the tool's start does not pay for another one.
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .treatAllWarnings(as: .error),
  ]
}
