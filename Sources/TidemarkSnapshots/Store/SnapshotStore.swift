// A folder of snapshots whose names sort by time.
public import TidemarkSQLite

/// A folder of snapshots, run unattended.
///
/// Names are `YYYYMMDDTHHMMSS.mmmZ-XXXXXXXX.sqlite.lz4`: the time in UTC, and eight digits that keep two apart. What
/// stands before `.sqlite.lz4` is the snapshot's id. Readers take no lock: a snapshot that is removed while it is read
/// stays readable to the end.
public struct SnapshotStore: Sendable {
  /// What the name of every snapshot ends in that is not sealed.
  public static let suffix = ".sqlite.lz4"
  /// What the name of a sealed snapshot ends in.
  public static let sealedSuffix = ".sqlite.sealed"
  /// The folder. It is made by the first capture.
  public let folder: String
  /// Whose snapshots are taken by `latest`, `at` and readers, and the keys that open sealed ones.
  public var trust: Trust
  /// The file system to use.
  public var files: any FileSystem
  /// How long another process that writes into the store is waited for.
  public var patience: Duration = .seconds(10)

  /// A store in a folder, which need not be there yet.
  public init(_ folder: String, trust: Trust = .anyone, files: any FileSystem = LocalFiles()) {
    self.folder = folder
    self.trust = trust
    self.files = files
  }

  /// One snapshot of a store.
  public struct Entry: Sendable {
    /// The name without `.sqlite.lz4`.
    public var id: String
    /// Where it is.
    public var path: String
    /// When its state was captured: from its name, else from its manifest, else when the file was written.
    public var time: Timestamp
    /// The bytes of the file.
    public var size: Int64
    /// What it says of itself; nil when its tail cannot be read.
    public var manifest: Manifest?
    /// What is wrong with it, as far as its last bytes tell.
    public var problem: SnapshotError?
    /// Whether it is sealed to keys that are not at hand: nothing is known to be wrong with it then.
    public var isClosed: Bool { problem?.label != nil }
    /// Why retention must spare it, as far as can be told; nil when it need not.
    public var pinned: String? {
      manifest?.pinned ?? (problem?.label?.isPinned == true ? "its reason is sealed" : nil)
    }
    /// Whether its name is one that this store gives, so that retention may remove it.
    public var isNamedByStore: Bool
  }

  /// A snapshot that was asked for.
  public struct Found: Sendable {
    /// The snapshot.
    public var entry: Entry
    /// Newer ones that were passed over because they are damaged.
    public var skipped: [Entry]
  }

  /// Whether the folder is there.
  /// - Throws: `SnapshotError`: `notAFolder` where something else is.
  public var exists: Bool {
    get throws {
      let status = try SnapshotError.naming(folder, "examine it") { try files.status(folder, followLinks: true) }
      if let status, status.kind != .folder { throw SnapshotError(.notAFolder, at: folder) }
      return status != nil
    }
  }

  /// All snapshots, newest first. Only footers and manifests are read.
  /// - Returns: none when the folder is not there.
  /// - Throws: `SnapshotError` when the folder cannot be read; a snapshot that cannot be is an entry with a problem.
  public func list() throws -> [Entry] {
    guard try exists else { return [] }
    let names = try SnapshotError.naming(folder, "list it") { try files.list(folder) }
    return try names.filter { Self.id(ofName: $0) != nil && !$0.hasPrefix(".") }.compactMap(entry).sorted {
      ($0.time, $0.id) > ($1.time, $1.id)
    }
  }

  private func entry(named name: String) throws -> Entry? {
    let path = join(folder, name)
    return try entry(at: path, id: Self.id(ofName: name) ?? name)
  }

  private func entry(at path: String, id: String) throws -> Entry? {
    // One that a retention run has removed since the folder was listed is no snapshot any more.
    guard let status = try SnapshotError.naming(path, "examine it", { try files.status(path, followLinks: true) }),
      status.kind == .file
    else { return nil }
    var entry = Entry(
      id: id, path: path, time: Timestamp(seconds: status.modified), size: status.size,
      manifest: nil, problem: nil, isNamedByStore: false)
    do {
      let manifest = try manifest(of: path)
      entry.manifest = manifest
      entry.time = manifest.time
    } catch let error as SnapshotError {
      entry.problem = error
      if let label = error.label {
        entry.time = label.time
      } else if trust.signers != nil, let told = try? SnapshotReader.readManifest(path, files: files).time {
        // Nobody trusted says so; it is listed with what is wrong with it.
        entry.time = told
      }
    }
    if let time = Self.time(inName: id) {
      entry.time = time
      entry.isNamedByStore = true
      if entry.problem == nil, let told = entry.manifest?.time { entry.problem = oldInNewClothes(entry, told) }
    }
    return entry
  }

  /// What a snapshot says of itself; where signatures are asked for, what its signer says.
  private func manifest(of path: String) throws -> Manifest {
    guard trust.signers != nil else { return try SnapshotReader.readManifest(path, trust: trust, files: files) }
    guard let manifest = try SnapshotReader.open(path, trust: trust, files: files).manifest else {
      throw SnapshotError(.untrusted("its manifest is lost"), at: path)
    }
    return manifest
  }

  /// The time that a name of this store begins with; nil for a name of another making.
  private static func time(inName id: String) -> Timestamp? {
    let parts = id.split(separator: "-", maxSplits: 1)
    guard parts.count == 2, parts[1].utf8.count == 8,
      parts[1].utf8.allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }),
      let time = Timestamp(String(parts[0])), time.fileName == parts[0]
    else { return nil }
    return time
  }

  /// The newest snapshot whose tail is whole, as are those of all that it needs.
  /// - Throws: `SnapshotError` (`noSnapshot`) when there is none.
  public func latest() throws -> Found { try newest("in it") { _ in true } }

  /// The newest snapshot, whole as for `latest`, that is not younger than a time.
  /// - Throws: `SnapshotError` (`noSnapshot`) when there is none.
  public func at(_ time: Timestamp) throws -> Found {
    try newest("of \(time) or before") { $0.time <= time }
  }

  private func newest(_ words: String, where isWanted: (Entry) -> Bool) throws -> Found {
    var skipped: [Entry] = []
    for var entry in try list() where isWanted(entry) {
      if entry.problem == nil {
        do {
          let reader = try SnapshotReader.open(entry.path, trust: trust, files: files)
          let notes = try reader.allNotes()
          if reader.isWhole, notes.isEmpty { return Found(entry: entry, skipped: skipped) }
          entry.problem = SnapshotError(.damaged(notes.joined(separator: "; ")), at: entry.path)
        } catch let error as SnapshotError {
          entry.problem = error
        }
      }
      // Whoever has the key wants this one, not an older one.
      if let problem = entry.problem, entry.isClosed { throw problem }
      skipped.append(entry)
    }
    let why = skipped.first?.problem.map { "; the newest: \($0)" } ?? ""
    if let first = skipped.first?.problem, case .untrusted = first.reason {
      throw SnapshotError(
        .untrusted("of \(skipped.count) snapshots \(words) there is none that can be taken\(why)"), at: folder)
    }
    let damaged = skipped.isEmpty ? "" : " (\(skipped.count) passed over that cannot be relied on\(why))"
    throw SnapshotError(.noSnapshot(words + damaged), at: folder)
  }

  /// Where signatures are asked for, a name must not make a snapshot newer than its signer says: nobody signs names.
  private func oldInNewClothes(_ entry: Entry, _ told: Timestamp) -> SnapshotError? {
    guard trust.signers != nil, entry.time != told else { return nil }
    return SnapshotError(.untrusted("its name says \(entry.time), its signer \(told)"), at: entry.path)
  }

  /// Finds a snapshot.
  /// - Parameter selector: `latest`, a path, an id, or the beginning of one that no other has.
  /// - Throws: `SnapshotError` (`noSnapshot`, `ambiguous`).
  public func find(_ selector: String) throws -> Found {
    if selector == "latest" { return try latest() }
    let entries = selector.contains("/") || selector.isEmpty ? [] : try list()
    if let exact = entries.first(where: { $0.id == selector || lastComponent(of: $0.path) == selector }) {
      return Found(entry: exact, skipped: [])
    }
    if let outside = try entry(at: selector, id: lastComponent(of: selector)) {
      return Found(entry: outside, skipped: [])
    }
    let matching = entries.filter { $0.id.hasPrefix(selector) }
    guard let only = matching.first else { throw SnapshotError(.noSnapshot("or file \(selector)"), at: folder) }
    guard matching.count == 1 else {
      throw SnapshotError(.ambiguous(selector, names: matching.map(\.id).sorted()), at: folder)
    }
    return Found(entry: only, skipped: [])
  }

  /// The id that the name of a snapshot's file stands for.
  static func id(ofPath path: String) -> String {
    let name = lastComponent(of: path)
    return id(ofName: name) ?? name
  }

  /// The id in a name; nil for one that is no snapshot's.
  private static func id(ofName name: String) -> String? {
    for suffix in [suffix, sealedSuffix] where name.hasSuffix(suffix) {
      return String(name.dropLast(suffix.utf8.count))
    }
    return nil
  }

  /// Captures a database into the store: an increment of the newest snapshot, which holds only what has changed since.
  ///
  /// It is whole where none can be made: the first one, one on another page size, one whose parent is damaged, and the
  /// first of each `fullEvery`.
  /// - Parameters:
  ///   - database: an existing database.
  ///   - capture: how.
  ///   - describe: run inside the read transaction.
  ///   - progress: told now and then; what it throws ends the work.
  /// - Throws: `SnapshotError` (`storeBusy` while another process writes into the store); see `Capture.run`.
  @discardableResult
  public func capture(
    _ database: String, with capture: Capture = Capture(),
    describe: ((Connection) throws -> DatabaseDescription)? = nil,
    progress: ProgressHandler? = nil
  ) throws -> Capture.Report {
    guard
      let status = try SnapshotError.naming(database, "examine it", { try files.status(database, followLinks: true) })
    else { throw SnapshotError(.missing, at: database) }
    guard status.kind == .file else { throw SnapshotError(.notAFile, at: database) }
    try SnapshotError.naming(folder, "make the store's folder") { try files.makeLastingFolder(folder) }
    let lock = try StoreLock(folder, files, patience: patience)
    defer { withExtendedLifetime(lock) {} }
    try clearLeftovers()
    // The clock may have been set back, or two captures may share a millisecond: names keep the order of capture.
    let newest = try names().compactMap { name in
      Self.time(inName: Self.id(ofPath: name)).map { (time: $0, name: name) }
    }.max { $0 < $1 }
    var time = capture.clock()
    if let newest, newest.time >= time { time = newest.time.adding(milliseconds: 1) }
    let digits = String(UInt32.random(in: 0 ... .max), radix: 16)
    let id = "\(time.fileName)-\(String(repeating: "0", count: 8 - digits.utf8.count))\(digits)"
    var timed = capture
    timed.files = files
    timed.clock = { [time] in time }
    let (base, why) = try newest.map { try self.base($0.name, for: capture) } ?? (nil, nil)
    let suffix = capture.recipients.isEmpty ? Self.suffix : Self.sealedSuffix
    return try timed.run(
      database: database, to: join(folder, id + suffix), base: base, wholeBecause: why, describe: describe,
      progress: progress)
  }

  /// What the next capture can be an increment of, or why it cannot be one.
  private func base(_ name: String, for capture: Capture) throws -> (IncrementBase?, String?) {
    if capture.full { return (nil, nil) }
    // What it is made of could only be compared by whoever has the key, and that is not who takes snapshots.
    if !capture.recipients.isEmpty { return (nil, "a sealed one always is") }
    if name.hasSuffix(Self.sealedSuffix) { return (nil, "the one before is sealed") }
    let id = Self.id(ofPath: name)
    do {
      let file = try InputFile(join(folder, name), files)
      let reader = try SnapshotReader.open(file, provingBlocks: capture.signer != nil)
      let notes = try reader.allNotes()
      guard notes.isEmpty, let base = IncrementBase(reader) else {
        return (nil, "\(id) is damaged: \(notes.joined(separator: "; "))")
      }
      // A chain of as many as one may have ends here; the next begins another.
      return base.depth < capture.fullEvery ? (base, nil) : (nil, nil)
    } catch let error as SnapshotError {
      return (nil, "\(id) cannot be built on: \(error)")
    }
  }

  /// The names of the snapshots in the folder, without looking into the files.
  private func names() throws -> [String] {
    try SnapshotError.naming(folder, "list it") { try files.list(folder) }
      .filter { Self.id(ofName: $0) != nil }
  }

  /// Removes what writers that died left. Only a holder of the lock may, so nobody is still writing these.
  private func clearLeftovers() throws {
    for name in try SnapshotError.naming(folder, "list it", { try files.list(folder) }) {
      guard let mark = name.range(of: PartFile.mark), case let snapshot = String(name[..<mark]),
        let id = Self.id(ofName: snapshot), Self.time(inName: id) != nil,
        PartFile.part(of: name, for: snapshot) != nil
      else { continue }
      try SnapshotError.naming(join(folder, name), "remove what a dead writer left") {
        try files.unlink(join(folder, name))
      }
    }
    try Verifier.clearLeftovers(in: folder, files)
  }
}

extension String {
  /// Where a text first stands in this one; gives the index it begins at.
  fileprivate func range(of text: String) -> String.Index? {
    var place = startIndex
    while place < endIndex {
      if self[place...].hasPrefix(text) { return place }
      formIndex(after: &place)
    }
    return nil
  }
}
