// What became of a step that was killed: with that, its history can be played again exactly.

/// How far it came.
enum SoakOutcome: Equatable, CustomStringConvertible {
  /// Nothing of it is there.
  case old
  /// It was done.
  case done
  /// Of a change, the snapshot that comes before it and no more.
  case pinned
  /// Of a retention, the removal of so many.
  case removed(Int)

  var description: String {
    switch self {
    case .old: "o"
    case .done: "d"
    case .pinned: "p"
    case .removed(let count): "\(count)"
    }
  }

  init?(_ text: some StringProtocol) {
    switch text {
    case "o": self = .old
    case "d": self = .done
    case "p": self = .pinned
    default:
      guard let count = Int(text), count > 0 else { return nil }
      self = .removed(count)
    }
  }

  /// By what is there before and after.
  init(of step: SoakStep, isDone: Bool, before: Set<String>, after: Set<String>) {
    let (isMore, removed) = (!after.isSubset(of: before), before.subtracting(after).count)
    self =
      switch step {
      case .snapshot: isMore ? .done : .old
      case .prune: removed == 0 ? .old : .removed(removed)
      case .write, .migrate, .restore: isDone ? .done : isMore ? .pinned : .old
      }
  }
}
