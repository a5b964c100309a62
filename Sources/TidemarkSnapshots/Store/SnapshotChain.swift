// An increment's blocks, wherever they are: in its own file or in those of its ancestors beside it.
internal import Synchronization
internal import TidemarkSQLite

extension SnapshotReader {
  /// Where one block of the database is.
  struct Place {
    /// The snapshot whose file holds it.
    let owner: SnapshotReader
    /// Where it stands there; its hash is that of the snapshot that was opened, which needs no trust in the owner's tail.
    let entry: BlockIndex.Entry
    /// Its number among the blocks in that file.
    let number: Int

    /// What it is sealed with.
    var seal: (key: Seal, place: Int)? { owner.seal.map { ($0, number) } }

    /// Whether another block follows this one in the same file.
    func isFollowed(by next: Place) -> Bool {
      owner === next.owner && next.entry.offset == entry.offset + UInt64(entry.framedLength)
    }
  }

  /// How many blocks the database has.
  public var blockCount: Int { map?.count ?? index.count }

  /// The plain length of a block in bytes.
  func plainLength(of block: Int) -> Int { map?.plainLength(of: block) ?? Int(index[block].plain) }

  /// XXH3-64 of a block's plain bytes; nil where the tail is lost.
  func hash(of block: Int) -> UInt64? { map.map { $0[block].hash } ?? index[block].hash }

  /// Finds a block of the database.
  /// - Throws: `SnapshotError`: a parent that is missing or another than it was.
  func place(of block: Int) throws -> Place {
    guard let map else { return Place(owner: self, entry: index[block], number: block) }
    let entry = map[block]
    let owner = try source(entry.source)
    guard entry.place < owner.index.count, Int(owner.index[entry.place].plain) == map.plainLength(of: block) else {
      throw SnapshotError(.damaged("it lacks a block that \(id) needs"), at: owner.path)
    }
    var found = owner.index[entry.place]
    found.hash = entry.hash
    return Place(owner: owner, entry: found, number: entry.place)
  }

  /// The snapshot's id: its name without `.sqlite.lz4`.
  var id: String { SnapshotStore.id(ofPath: path) }

  /// The frame's header, as it was written.
  var writtenHeader: [UInt8] {
    seal == nil ? FrameHeader(contentSize: index.plainSize, isIncrement: isIncrement).bytes : Seal.header
  }

  /// Opens all other snapshots that hold blocks of this one, so that retention cannot take them away any more.
  /// - Returns: them, each once.
  /// - Throws: `SnapshotError`: `missingParent`, or `otherParent` for one that is not what it was.
  @discardableResult
  func openAncestors() throws -> [SnapshotReader] {
    guard let map else { return [] }
    return try map.ancestors.indices.map { try source($0 + 1) }
  }

  /// What is not as it should be with this snapshot and those that it needs, in words.
  package func allNotes() throws -> [String] {
    try notes + openAncestors().flatMap { ancestor in ancestor.notes.map { "\(ancestor.id): \($0)" } }
  }

  /// Where the header of a frame is not the one that was written: the index does without it, other readers of LZ4 do not.
  package func headerNotes() throws -> [String] {
    try ([self] + openAncestors()).filter { $0.manifest != nil }.compactMap { one in
      let header = one.writtenHeader
      guard try one.file.bytes(at: 0, header.count) != header else { return nil }
      return "\(one.id): the frame's header is damaged, which harms no block: other programs cannot read the file"
    }
  }

  /// The snapshot of a number in the map; each is opened when it is first needed, and once.
  private func source(_ number: Int) throws -> SnapshotReader {
    guard number > 0, let map else { return self }
    return try ancestors.withLock { opened in
      if let reader = opened[number] { return reader }
      let reader = try openAncestor(map.ancestors[number - 1])
      opened[number] = reader
      return reader
    }
  }

  private func openAncestor(_ ancestor: BlockMap.Ancestor) throws -> SnapshotReader {
    let reader: SnapshotReader
    do {
      let file = try InputFile(join(folder, ancestor.id + SnapshotStore.suffix), file.files)
      reader = try SnapshotReader.open(file, forItsBlocks: true)
    } catch let error as SnapshotError {
      switch error.reason {
      case .missing: throw SnapshotError(.missingParent(ancestor.id), at: path)
      case .empty, .foreign, .notAFile, .notIndexed:
        throw SnapshotError(.otherParent(ancestor.id), at: path, cause: error)
      default: throw error
      }
    }
    // With a tail that is lost there is nothing to compare: the frame's blocks are then proven one by one.
    guard !reader.isWhole || reader.digest == ancestor.digest else {
      throw SnapshotError(.otherParent(ancestor.id), at: path)
    }
    return reader
  }
}
