// The databases that restores displaced: which there are, and which may go.
public import TidemarkSQLite

/// A database that a restore displaced, with its side files.
public struct PreviousDatabase: Sendable, Hashable {
  /// The database file; it may be missing, where only side files were left to displace.
  public var path: String
  /// When it was displaced.
  public var time: UTCStamp
  /// Bytes, side files included.
  public var size: Int64
  /// All its files, the database first.
  public var files: [String]
}

/// Which displaced databases go. One goes as soon as any bound is broken; without bounds all go.
public struct PreviousRule: Sendable, Hashable {
  /// How many of the newest stay, at most.
  public var keepLast: Int?
  /// Those that were displaced longer ago go; seconds.
  public var maximumAge: Int64?
  /// What those that stay may take together; bytes. The first that is too much goes, and with it all older ones.
  public var maximumSize: Int64?

  /// Bounds; nil for none.
  public init(keepLast: Int? = nil, maximumAge: Int64? = nil, maximumSize: Int64? = nil) {
    self.keepLast = keepLast
    self.maximumAge = maximumAge
    self.maximumSize = maximumSize
  }
}

/// What pruning did, or would do.
public struct PreviousPruning: Sendable, Hashable {
  /// Those that went.
  public var removed: [PreviousDatabase]
  /// Those that stay.
  public var kept: [PreviousDatabase]
  /// Bytes that the removed ones took.
  public var freed: Int64 { removed.reduce(0) { $0 + $1.size } }
}

/// The displaced databases beside a database.
public enum PreviousDatabases {
  /// Those beside a database, newest first.
  ///
  /// - Throws: `FileError`, `SwapError`.
  public static func list(_ target: String, files: any FileSystem = LocalFiles()) throws -> [PreviousDatabase] {
    let place = try SwapPlace(target, files: files)
    guard try files.status(place.folder, followLinks: true) != nil else { return [] }
    let prefix = lastComponent(of: place.previousPrefix)
    var found: [String: PreviousDatabase] = [:]
    for name in try files.list(place.folder) where name.hasPrefix(prefix) {
      guard let (base, time) = parse(name, prefix) else { continue }
      let path = join(place.folder, name)
      guard let status = try files.status(path, followLinks: false), status.kind == .file else { continue }
      var one = found[base] ?? PreviousDatabase(path: join(place.folder, base), time: time, size: 0, files: [])
      one.size += status.size
      one.files.append(path)
      found[base] = one
    }
    return found.values
      .map { one in
        var one = one
        one.files.sort()
        return one
      }
      .sorted { $0.time == $1.time ? isLater($0.path, $1.path) : $0.time > $1.time }
  }

  /// Removes those that a rule does not spare. One that an interrupted swap still speaks of stays.
  ///
  /// - Parameter dryRun: only says what would go.
  /// - Throws: `FileError`, `SwapError`. What was removed before stays removed, and calling again goes on.
  public static func prune(
    _ target: String, rule: PreviousRule, dryRun: Bool = false, now: UTCStamp = .now,
    files: any FileSystem = LocalFiles()
  ) throws -> PreviousPruning {
    let place = try SwapPlace(target, files: files)
    let all = try list(place.target, files: files)
    if try files.status(place.intent, followLinks: false) != nil { return PreviousPruning(removed: [], kept: all) }
    var result = PreviousPruning(removed: [], kept: [])
    var keptSize: Int64 = 0
    var isFull = rule == PreviousRule()
    for one in all {
      let stays =
        !isFull && result.kept.count < rule.keepLast ?? .max
        && now.seconds - one.time.seconds <= rule.maximumAge ?? .max
        && one.size <= (rule.maximumSize ?? .max) - keptSize
      if stays {
        keptSize += one.size
        result.kept.append(one)
      } else {
        isFull = true
        result.removed.append(one)
      }
    }
    if !dryRun, !result.removed.isEmpty {
      // The databases go first, and for good: what is left of one that was interrupted is never taken for a whole one.
      for path in result.removed.flatMap({ one in one.files.filter { $0 == one.path } }) { try files.unlink(path) }
      try files.syncFolder(place.folder)
      let sides = result.removed.flatMap { one in one.files.filter { $0 != one.path } }
      for path in sides { try files.unlink(path) }
      if !sides.isEmpty { try files.syncFolder(place.folder) }
    }
    return result
  }

  /// The name of the database and its date, from the name of one of its files.
  private static func parse(_ name: String, _ prefix: String) -> (base: String, time: UTCStamp)? {
    var base = Substring(name)
    for suffix in SwapPlace.sideSuffixes where base.hasSuffix(suffix) {
      base = base.dropLast(suffix.count)
      break
    }
    let rest = base.dropFirst(prefix.count)
    guard let time = UTCStamp(rest.prefix(16)) else { return nil }
    let number = rest.dropFirst(16)
    guard number.isEmpty || (number.first == "-" && Int(number.dropFirst()).map { $0 > 1 } == true) else { return nil }
    return (String(base), time)
  }

  /// Of two of one second, the one with the higher number came later.
  private static func isLater(_ left: String, _ right: String) -> Bool {
    left.utf8.count == right.utf8.count ? left > right : left.utf8.count > right.utf8.count
  }
}
