// The variables of the process, looked up one at a time, or a test's own.

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The environment a command runs in. An empty variable counts as one that is not set.
public struct Environment: Sendable {
  private let lookUp: @Sendable (String) -> String?

  /// An environment with just these variables.
  public init(_ variables: [String: String] = [:]) { lookUp = { variables[$0] } }

  private init(lookUp: @escaping @Sendable (String) -> String?) { self.lookUp = lookUp }

  /// The environment of this process.
  public static let process = Environment(lookUp: { name in getenv(name).map { String(cString: $0) } })

  /// Whether the variable is set to nothing.
  func isEmpty(_ name: String) -> Bool { lookUp(name) == "" }

  /// The variable's text; nil when it is not set, or is empty.
  public subscript(_ name: String) -> String? {
    guard let text = lookUp(name), !text.isEmpty else { return nil }
    return text
  }
}
