// Checks a snapshot without restoring it: every checksum there is, and on request SQLite's own check.
public import TidemarkSQLite

/// Verifies snapshots.
public struct Verifier: Sendable {
  /// Threads; nil for one a core, at most six.
  public var workers: Int?
  /// Whose snapshots are sound, and the keys that open sealed ones. What is signed is held against its signature anyway.
  public var trust = Trust.anyone
  /// The file system to use.
  public var files: any FileSystem

  /// A verifier.
  public init(workers: Int? = nil, files: any FileSystem = LocalFiles()) {
    self.workers = workers
    self.files = files
  }

  /// What was found.
  public struct Report: Sendable {
    /// The file.
    public var path: String
    /// What it is.
    public var kind: SourceKind
    /// Blocks that were checked; 0 for a file without blocks.
    public var blocks: Int
    /// The bytes of the database; nil where only a restore can tell.
    public var plainSize: Int64?
    /// The bytes of the file.
    public var fileSize: Int64
    /// What it says of itself, where there is a manifest.
    public var manifest: Manifest?
    /// The id of the key that signed it; nil for one that nobody signed.
    public var signedBy: String?
    /// The ids of the keys that it is sealed to; empty for one that is not.
    public var sealedTo: [String] = []
    /// Whether SQLite's own check was made.
    public var isDeep: Bool
    /// What is odd but no fault.
    public var notes: [String]
    /// The faults, up to a hundred.
    public var problems: [SnapshotError]
    /// Whether there is no fault.
    public var isSound: Bool { problems.isEmpty }
  }

  private static let mostProblems = 100
  /// What the copies that a deep check unpacks are called, before the mark and the digits.
  private static let copyName = ".tidemark-verify"

  /// Removes the copies that deep checks left in a folder when they died.
  static func clearLeftovers(in folder: String, _ files: any FileSystem) throws {
    try PartFile.clearLeftovers(for: join(folder, copyName), files)
  }

  /// Checks a file.
  /// - Parameters:
  ///   - path: a snapshot or anything else that can be restored.
  ///   - deep: whether it is also decoded to a temporary file and given SQLite's `integrity_check`.
  ///   - scratch: the folder for that file; nil takes the snapshot's own.
  ///   - progress: told now and then; what it throws ends the work.
  /// - Returns: what was found, damage included.
  /// - Throws: `SnapshotError` when the file is missing, empty, foreign or not readable.
  public func verify(
    _ path: String, deep: Bool = false, scratch: String? = nil, progress: ProgressHandler? = nil
  ) throws -> Report {
    try SourceKind.refuseOpenHere(path, files)
    let file = try InputFile(path, files)
    let kind = try SourceKind.detect(file)
    var report = Report(
      path: path, kind: kind, blocks: 0, plainSize: nil, fileSize: file.size, manifest: nil, isDeep: deep, notes: [],
      problems: [])
    guard trust.signers == nil || kind == .snapshot else {
      report.problems.append(SnapshotError(.untrusted("this is no snapshot, which alone can be signed"), at: path))
      return report
    }
    do {
      switch kind {
      case .snapshot:
        let reader = try SnapshotReader.open(file, trust: trust, provingBlocks: true)
        report.signedBy = reader.signature?.keyID
        report.sealedTo = reader.label?.recipients.map(\.key) ?? []
        try checkBlocks(reader, &report, progress)
      case .lz4Database: try checkFrame(file, &report, progress)
      case .database, .dump:
        if !deep { report.notes.append("it carries no checksums; only a deep check can tell more") }
      case .lz4Dump: try drain(file, &report, progress)
      }
      if deep, report.isSound { try checkDeep(file, scratch, &report, progress) }
    } catch let error as SnapshotError {
      if let label = error.label {
        report.sealedTo = label.recipients.map(\.key)
        if trust.signers != nil {
          report.problems.append(SnapshotError(.untrusted("without a key nobody can tell whose it is"), at: path))
        }
        try SealedFrame(file).check(&report, ProgressMeter("verify", total: file.size, progress))
      } else if error.isDamage {
        report.problems.append(error)
      } else {
        throw error
      }
    }
    return report
  }

  private func checkFrame(_ file: InputFile, _ report: inout Report, _ progress: ProgressHandler?) throws {
    do {
      try checkBlocks(try SnapshotReader.open(file), &report, progress)
    } catch let error as SnapshotError where error.mayBeAnotherLayout(.lz4Database) {
      try drain(file, &report, progress)
    }
  }

  private func checkBlocks(_ reader: SnapshotReader, _ report: inout Report, _ progress: ProgressHandler?) throws {
    report.blocks = reader.blockCount
    report.plainSize = reader.plainSize
    report.manifest = reader.manifest
    for one in try [reader] + reader.openAncestors() { try checkFrame(of: one, &report) }
    try pump(reader, &report, progress)
    if reader.manifest == nil, !reader.notes.isEmpty, report.problems.count == reader.notes.count {
      // Its tail is lost and nothing else: what it was taken for is still in it.
      report.notes.append("all \(reader.blockCount) blocks and the frame's checksum are sound: it can be restored")
    }
    if report.isSound, let manifest = reader.manifest, manifest.pageCount > 0 {
      let first = try reader.readBlock(0)
      let pageSize = first.withUnsafeBytes { DatabaseHeader($0)?.pageSize }
      if pageSize != manifest.pageSize {
        report.problems.append(SnapshotError(.notWhole("its header is not that of the manifest"), at: reader.path))
      }
    }
  }

  /// Checks what stands around the blocks of one file.
  private func checkFrame(of reader: SnapshotReader, _ report: inout Report) throws {
    report.problems += reader.notes.map { SnapshotError(.damaged($0), at: reader.path) }
    let header = reader.writtenHeader
    if try reader.file.bytes(at: 0, header.count) != header {
      report.problems.append(
        SnapshotError(.damaged("the frame's header is not the one that was written"), at: reader.path))
    }
    if try reader.file.bytes(at: Int64(reader.index.frameEnd) - 8, 4) != [0, 0, 0, 0] {
      report.problems.append(SnapshotError(.damaged("the frame's end mark is gone"), at: reader.path))
    }
    if let copy = reader.contentChecksum, try reader.storedContentChecksum() != copy {
      report.problems.append(
        SnapshotError(.damaged("the frame's content checksum is not the one that was written"), at: reader.path))
    }
  }

  /// Decodes all blocks of the database, wherever they are, and looks at every checksum.
  private func pump(_ reader: SnapshotReader, _ report: inout Report, _ progress: ProgressHandler?) throws {
    let found = Guarded<[SnapshotError]>([])
    let checksContent = (report.isDeep || !reader.index.hasHashes) && reader.seal == nil
    let pump = BlockPump(
      reader: reader, checks: [.packed, .plain], checksContent: checksContent && reader.map == nil,
      workers: Workers.count(workers))
    do {
      try pump.run(
        ProgressMeter("verify", total: reader.plainSize, progress),
        damage: { error in found.withLock { if $0.count < Self.mostProblems { $0.append(error) } } }, sink: nil)
      if checksContent, reader.map != nil, found.withLock({ $0.isEmpty }) {
        // What its own frame holds is not the database: the content checksum needs another pass, over the frame.
        try BlockPump(
          reader: reader, checks: [], checksContent: true, workers: Workers.count(workers), isOwnFrame: true
        ).run(ProgressMeter("verify", total: Int64(reader.index.plainSize), nil), sink: nil)
      }
    } catch let error as SnapshotError where error.isDamage {
      report.problems.append(error)
    }
    report.problems += found.withLock { $0 }.sorted { $0.block < $1.block }
  }

  /// Decodes frames that have no index, for their own checksums' sake.
  private func drain(_ file: InputFile, _ report: inout Report, _ progress: ProgressHandler?) throws {
    let stream = try FrameStream(file)
    let meter = ProgressMeter("verify", total: nil, progress)
    let buffer = Buffer(BlockPump.chunkLength)
    var size: Int64 = 0
    while true {
      let count = try stream.read(into: buffer.bytes)
      if count == 0 { break }
      size += Int64(count)
      try meter.add(count)
    }
    if report.kind == .lz4Database { report.plainSize = size }
    report.notes += stream.notes
  }

  private func checkDeep(
    _ file: InputFile, _ scratch: String?, _ report: inout Report, _ progress: ProgressHandler?
  ) throws {
    let path = file.path
    let folder = scratch ?? parentFolder(of: path)
    let copy = try PartFile.make(for: join(folder, Self.copyName), mode: 0o600, files)
    defer {
      // The copy is ours alone, and goes with its owner; a leftover beside it is no fault of the snapshot.
      for suffix in SwapPlace.sideSuffixes { try? files.unlink(copy.path + suffix) }
    }
    var unpacker = Unpacker(workers: workers, files: files)
    unpacker.fillsEmptyFile = true
    unpacker.trust = trust
    let unpacked = try unpacker.unpack(file, to: copy.path, progress: progress)
    report.plainSize = unpacked.size
    guard unpacked.pageCount > 0 else { return }
    try progress?(Progress(done: 0, total: nil, phase: "check"))
    try SnapshotError.naming(path, "check it") {
      let connection = try Connection(path: copy.path, mode: .readWrite)
      try connection.distrustContent()
      let lines = try connection.rows("PRAGMA integrity_check(20)").map { try $0.get(0, as: String.self) }
      if lines != ["ok"] { report.problems.append(SnapshotError(.checkFailed(lines), at: path)) }
      try connection.close()
    }
  }
}

extension SnapshotError {
  /// Whether the file's content is at fault, not the reading of it.
  public var isDamage: Bool {
    switch reason {
    case .damaged, .damagedBlock, .truncated, .notWhole, .checkFailed, .incompleteDump, .missingParent,
      .otherParent, .forged, .untrusted:
      true
    default: false
    }
  }

  /// Whether the snapshot is of no use, at least for now, and another one may be: its content is at fault, or the disk
  /// that it is on.
  /// - Parameter path: the snapshot's; what cannot be read elsewhere is another matter.
  public func spoils(_ path: String) -> Bool {
    if isDamage { return true }
    guard case .file = reason, let failure = cause as? FileError else { return false }
    return failure.isUnreadable && parentFolder(of: self.path) == parentFolder(of: path)
  }

  /// For whom it is sealed, where that is the reason.
  public var label: SealLabel? {
    if case .sealed(let label) = reason { label } else { nil }
  }

  /// The damaged block, for sorting.
  fileprivate var block: Int {
    if case .damagedBlock(let block, _, _) = reason { block } else { -1 }
  }
}
