// One verb of the tool: what it is called, what it takes, what it teaches, what it does.

/// A command line that the help shows, with what it is good for.
package struct Example: Sendable, Hashable {
  package var command: String
  package var words: String

  package init(_ command: String, _ words: String) {
    self.command = command
    self.words = words
  }
}

/// A verb, as a value. `run` gets what was given, and returns what is to be said.
package struct Verb: Sendable {
  package var name: String
  /// One line, for the list of verbs.
  package var abstract: String
  /// Paragraphs for the verb's own help; blank lines part them, indented lines stay as they are.
  package var discussion: String
  /// In the order of the help; arguments in the order of the command line.
  package var parameters: [any Parameter]
  /// Sets of which only one may be given.
  package var exclusive: [[any Parameter]]
  /// Parameters that mean nothing without another, which is any one of a list.
  package var requires: [(parameter: any Parameter, anyOf: [any Parameter])]
  /// Whether the verb is nothing without `--database`.
  package var needsDatabase: Bool
  package var examples: [Example]
  package var run: @Sendable (Invocation) async throws -> any Report

  package init(
    name: String, abstract: String, discussion: String = "", parameters: [any Parameter] = [],
    exclusive: [[any Parameter]] = [], requires: [(parameter: any Parameter, anyOf: [any Parameter])] = [],
    needsDatabase: Bool = false, examples: [Example] = [],
    run: @escaping @Sendable (Invocation) async throws -> any Report
  ) {
    self.name = name
    self.abstract = abstract
    self.discussion = discussion
    self.parameters = parameters
    self.exclusive = exclusive
    self.requires = requires
    self.needsDatabase = needsDatabase
    self.examples = examples
    self.run = run
  }

  var arguments: [ParameterSpec] { parameters.map(\.spec).filter { $0.kind == .argument } }
  var options: [ParameterSpec] { parameters.map(\.spec).filter { $0.kind != .argument } }
}

/// Verbs that belong together in the list.
package struct VerbGroup: Sendable {
  package var title: String
  package var verbs: [Verb]

  package init(_ title: String, _ verbs: [Verb]) {
    self.title = title
    self.verbs = verbs
  }
}
