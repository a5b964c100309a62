// Quoting for the places where SQL cannot take a parameter: names and stored literals.

/// Helpers for composing SQL.
public enum SQL {
  /// A name in double quotes, with those inside it doubled.
  public static func quote(_ name: String) -> String {
    var quoted = "\""
    for scalar in name.unicodeScalars {
      if scalar == "\"" { quoted.unicodeScalars.append("\"") }
      quoted.unicodeScalars.append(scalar)
    }
    return quoted + "\""
  }

  /// A text as a string literal.
  public static func literal(_ text: String) -> String {
    var quoted = "'"
    for scalar in text.unicodeScalars {
      if scalar == "'" { quoted.unicodeScalars.append("'") }
      quoted.unicodeScalars.append(scalar)
    }
    return quoted + "'"
  }
}
