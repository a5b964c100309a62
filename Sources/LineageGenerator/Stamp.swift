// A schema.sql above the target's folder may come, change and go without the build being planned anew, and a build that
// lists it as an input fails once it is gone. So a file of the generator's own stands in for it as the input.

internal import TidemarkSchema

/// The input that stands in for a schema.sql above the target's folder.
struct Stamp {
  let path: String

  /// Makes the next build run the generator again, whatever else is the same.
  func turn() throws {
    let text = SourceFile.exists(path) ? try SourceFile.read(path) : ""
    try SourceFile.write(text == "even\n" ? "odd\n" : "even\n", to: path)
  }
}
