// How far a long piece of work has come.
internal import TidemarkSQLite

/// How far a piece of work has come.
public struct Progress: Sendable, Hashable {
  /// Bytes done.
  public var done: Int64
  /// Bytes in all; nil where that is not known beforehand.
  public var total: Int64?
  /// What is being done: "check", "capture", "copy", "decode", "verify", "load".
  public var phase: String

  /// A state of the work.
  public init(done: Int64, total: Int64?, phase: String) {
    self.done = done
    self.total = total
    self.phase = phase
  }
}

/// Told of progress, about twice a MiB, from any thread, one call at a time. What it throws ends the work.
public typealias ProgressHandler = @Sendable (Progress) throws -> Void

/// Adds up what several workers have done.
final class ProgressMeter: Sendable {
  private let done = Guarded<Int64>(0)
  private let total: Int64?
  private let phase: String
  private let handler: ProgressHandler?

  init(_ phase: String, total: Int64?, _ handler: ProgressHandler?) {
    self.phase = phase
    self.total = total
    self.handler = handler
  }

  func add(_ bytes: Int) throws {
    guard let handler else { return }
    try done.withLock { done in
      done += Int64(bytes)
      try handler(Progress(done: done, total: total, phase: phase))
    }
  }
}
