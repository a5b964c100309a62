// The tail of a snapshot: one skippable LZ4 frame that holds typed sections and, as the file's last bytes, the footer.

/// The whole tail.
public struct Tail: Sendable {
  /// The magic of the skippable frame: the fourteenth of the sixteen.
  public static let magic: UInt32 = 0x184D_2A5D
  /// The longest tail that is read, in bytes; the index of 2 TiB fits.
  public static let greatestLength: UInt64 = 256 << 20

  /// What the snapshot says of itself.
  public var manifest: Manifest
  /// Where its blocks are.
  public var index: BlockIndex
  /// Where the blocks of the database are, in an increment; nil in a whole snapshot, whose frame has them all.
  public var map: BlockMap?
  /// The frame's content checksum.
  public var contentChecksum: UInt32
  /// Whose it is; nil for one that nobody signed.
  public private(set) var signature: Signature?
  /// The digests of the database's blocks; nil for one that nobody signed.
  var tree: HashTree?
  /// What it is sealed with; nil for one that is not.
  var seal: Seal?
  /// Optional sections of kinds that this build does not read, in order.
  public var others: [Section]

  /// A tail.
  init(
    manifest: Manifest, index: BlockIndex, map: BlockMap? = nil, tree: HashTree? = nil, contentChecksum: UInt32,
    seal: Seal? = nil, others: [Section] = []
  ) {
    self.map = map
    self.tree = tree
    self.seal = seal
    self.contentChecksum = contentChecksum
    self.manifest = manifest
    self.index = index
    self.others = others
  }

  /// The bytes that follow the frame.
  /// - Parameter signer: who signs it; there is a tree then.
  /// - Throws: `FormatFault` when it would be longer than a reader takes, or the manifest cannot be written as JSON.
  func serialized(signedBy signer: SecretKey? = nil) throws(FormatFault) -> [UInt8] {
    let json = try manifest.json()
    var sections = [Section(.index, required: true, index.serialized)]
    if let map { sections.append(Section(.blockMap, required: true, map.serialized)) }
    if let signer, let tree {
      sections.append(Section(.hashTree, required: false, tree.bytes))
      let signature = Signature(manifest: json, tree: tree, by: signer)
      sections.append(Section(.signature, required: false, signature.serialized))
    }
    // The manifest comes last, next to the footer, so that one read of the file's end holds both.
    sections += others + [Section(.manifest, required: true, json)]
    if let seal {
      sections = sections.map { Section($0.kind, required: $0.isRequired, seal.seal($0.payload, of: $0.kind)) }
      sections.insert(Section(.seal, required: true, seal.labelBytes), at: 1)
    }
    return try Self.assemble(
      sections, tailStart: index.frameEnd, contentChecksum: contentChecksum, isSealed: seal != nil)
  }

  /// Puts sections, the first of which is the index and the last the manifest, into a tail.
  static func assemble(
    _ sections: [Section], tailStart: UInt64, contentChecksum: UInt32, isSealed: Bool
  ) throws(FormatFault) -> [UInt8] {
    let payloads = sections.reduce(0) { $0 + Int(Section.headerLength) + $1.payload.count }
    guard UInt64(payloads + 8 + Footer.length) <= Self.greatestLength else {
      throw FormatFault.unsupported("a tail of more than \(Self.greatestLength >> 20) MiB")
    }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(payloads + 8 + Footer.length)
    bytes.append(number: Self.magic)
    bytes.append(number: UInt32(payloads + Footer.length))
    var places: [(UInt32, UInt32)] = []
    for section in sections {
      let start = bytes.count
      section.write(to: &bytes)
      places.append((UInt32(start), UInt32(bytes.count - start)))
    }
    let footer = Footer(
      tailStart: tailStart, manifest: places[places.count - 1], index: places[0],
      sections: UInt32(sections.count), contentChecksum: contentChecksum, isSealed: isSealed)
    bytes.append(contentsOf: footer.head)
    let digest = bytes.withUnsafeBytes { Checksum.xxh3Wide($0) }
    bytes.append(number: digest.low)
    bytes.append(number: digest.high)
    bytes.append(contentsOf: Footer.magic)
    return bytes
  }

  /// Reads a tail.
  /// - Parameters:
  ///   - bytes: all bytes from the tail's start to the end of the file.
  ///   - footer: the footer they end in.
  ///   - identities: the keys that open a sealed one.
  /// - Throws: `FormatFault` when anything in it is damaged, a required section is of an unknown kind, it is sealed to
  ///   others, or it is not what was signed; `KeyError`.
  init(parsing bytes: [UInt8], footer: Footer, identities: [SecretKey] = []) throws {
    var sections = try Self.sections(of: bytes, footer)
    if let label = sections.removeValue(forKey: .seal) {
      guard footer.isSealed else { throw FormatFault.damaged("footer and sections disagree on whether it is sealed") }
      guard let seal = try Seal(opening: label.payload, with: identities) else {
        throw FormatFault.sealed(try SealLabel.parse(label.payload))
      }
      for (kind, section) in sections { sections[kind]?.payload = try seal.open(section.payload, of: kind) }
      self.seal = seal
    } else if footer.isSealed {
      throw FormatFault.damaged("it is sealed, and its label is gone")
    }
    guard let json = sections.removeValue(forKey: .manifest), let index = sections.removeValue(forKey: .index) else {
      throw FormatFault.damaged("the tail lacks a section")
    }
    manifest = try Manifest(json: json.payload)
    let map = sections.removeValue(forKey: .blockMap)
    guard (manifest.increment != nil) == (map != nil) else {
      throw FormatFault.damaged("manifest and block map disagree on whether it is an increment")
    }
    let blocks = try BlockIndex(
      parsing: index.payload, tailStart: footer.tailStart, isIncrement: map != nil, isSealed: seal != nil)
    self.index = blocks
    contentChecksum = footer.contentChecksum
    if let map, let told = manifest.increment {
      let map = try BlockMap(parsing: map.payload, index: blocks)
      guard told.needs == map.ancestors.map(\.id), told.blocks == map.count, told.stored == blocks.count else {
        throw FormatFault.damaged("manifest and block map speak of different blocks")
      }
      self.map = map
    }
    let signature = sections.removeValue(forKey: .signature)
    let tree = sections.removeValue(forKey: .hashTree)
    others = sections.values.sorted { $0.kind.rawValue < $1.kind.rawValue }
    try takeSignature(signature?.payload, tree?.payload, manifest: json.payload)
  }

  /// Holds the signature against what it speaks of.
  private mutating func takeSignature(
    _ signature: [UInt8]?, _ tree: [UInt8]?, manifest: [UInt8]
  ) throws(FormatFault) {
    guard let signature, let tree else {
      guard signature == nil, tree == nil else { throw FormatFault.forged("signature and hash tree have parted") }
      return
    }
    let read = try Signature(parsing: signature)
    let leaves = try HashTree(parsing: tree)
    guard leaves.count == map?.count ?? index.count else {
      throw FormatFault.forged("the hash tree has another number of blocks")
    }
    guard read.isValid(manifest: manifest, tree: leaves) else {
      throw FormatFault.forged("the signature of \(read.keyID) is not over this manifest and these blocks")
    }
    self.signature = read
    self.tree = leaves
  }

  /// The sections of a tail, each of a kind that this build knows, or optional.
  private static func sections(of bytes: [UInt8], _ footer: Footer) throws(FormatFault) -> [SectionKind: Section] {
    guard bytes.count >= 8 + Footer.length else { throw FormatFault.truncated("the tail is cut off") }
    let digest = bytes.withUnsafeBytes {
      Checksum.xxh3Wide(UnsafeRawBufferPointer(rebasing: $0[..<(bytes.count - 24)]))
    }
    var expected: [UInt8] = []
    expected.append(number: digest.low)
    expected.append(number: digest.high)
    guard footer.digest == expected else { throw FormatFault.damaged("the digest of the tail does not agree") }
    var reader = ByteReader(bytes)
    guard reader.number(UInt32.self) == Self.magic, reader.number(UInt32.self).map(Int.init) == bytes.count - 8 else {
      throw FormatFault.damaged("the tail does not begin with its skippable frame")
    }
    let known: Set<SectionKind> = [.manifest, .index, .blockMap, .signature, .hashTree, .seal]
    var sections: [SectionKind: Section] = [:]
    let end = bytes.count - Footer.length
    var count: UInt32 = 0
    let places = [
      SectionKind.manifest: (footer.manifestOffset, footer.manifestLength),
      SectionKind.index: (footer.indexOffset, footer.indexLength),
    ]
    while reader.offset < end {
      let start = reader.offset
      let section = try Section(parsing: &reader)
      count += 1
      // Whoever reads the manifest alone goes where the footer leads: there must be no other one.
      if let place = places[section.kind], place != (UInt32(start), UInt32(reader.offset - start)) {
        throw FormatFault.damaged("the footer leads past section \(section.kind.rawValue)")
      }
      guard known.contains(section.kind) || !section.isRequired else {
        throw FormatFault.unsupported(
          "it needs a section of kind \(section.kind.rawValue), which this build does not know")
      }
      guard sections.updateValue(section, forKey: section.kind) == nil else {
        throw FormatFault.damaged("a section stands twice in the tail")
      }
    }
    guard reader.offset == end, count == footer.sections else {
      throw FormatFault.damaged("the tail lacks a section, or its sections run into the footer")
    }
    return sections
  }
}
