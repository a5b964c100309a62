// The tail of a snapshot: one skippable LZ4 frame that holds typed sections and, as the file's last bytes, the footer.

/// What kind of thing a section holds.
public struct SectionKind: RawRepresentable, Sendable, Hashable {
  /// The number in the file.
  public var rawValue: UInt16
  /// A kind by its number.
  public init(rawValue: UInt16) { self.rawValue = rawValue }

  /// The manifest, JSON.
  public static let manifest = SectionKind(rawValue: 1)
  /// The block index.
  public static let index = SectionKind(rawValue: 2)
  /// The block map of an increment: where its blocks are. Required where present.
  public static let blockMap = SectionKind(rawValue: 3)
  /// Kept for signatures. Optional.
  public static let signature = SectionKind(rawValue: 4)
  /// Kept for hash trees. Optional.
  public static let hashTree = SectionKind(rawValue: 5)
}

/// The footer: the last 64 bytes of a snapshot.
public struct Footer: Sendable, Hashable {
  /// Its length in bytes.
  public static let length = 64
  /// The last eight bytes of every snapshot: "TIDEMARK".
  public static let magic: [UInt8] = Array("TIDEMARK".utf8)
  /// The version that this build writes, and the highest it reads.
  public static let version: UInt16 = 1

  /// Where the tail begins, in bytes from the start of the file: where the LZ4 frame ends.
  public var tailStart: UInt64
  /// Where the manifest section begins, in bytes from the tail's start.
  public var manifestOffset: UInt32
  /// The length of the manifest section in bytes, its header included.
  public var manifestLength: UInt32
  /// Where the index section begins, in bytes from the tail's start.
  public var indexOffset: UInt32
  /// The length of the index section in bytes, its header included.
  public var indexLength: UInt32
  /// How many sections there are.
  public var sections: UInt32
  /// The frame's own content checksum once more. The blocks' hashes prove the content, so comparing the two copies proves
  /// the frame's without computing it anew.
  public var contentChecksum: UInt32
  /// XXH3-128 of the tail from its magic up to this field, low half first.
  public var digest: [UInt8] = []

  /// The bytes before the digest.
  fileprivate var head: [UInt8] {
    var bytes: [UInt8] = []
    bytes.append(number: tailStart)
    for number in [manifestOffset, manifestLength, indexOffset, indexLength, sections] { bytes.append(number: number) }
    bytes.append(number: contentChecksum)
    bytes.append(number: Self.version)
    // The oldest version of a reader that understands this file.
    bytes.append(number: UInt16(1))
    bytes.append(number: UInt32(Self.length))
    return bytes
  }

  fileprivate init(
    tailStart: UInt64, manifest: (UInt32, UInt32), index: (UInt32, UInt32), sections: UInt32,
    contentChecksum: UInt32
  ) {
    self.tailStart = tailStart
    (manifestOffset, manifestLength) = manifest
    (indexOffset, indexLength) = index
    self.sections = sections
    self.contentChecksum = contentChecksum
  }

  /// Reads a footer.
  /// - Parameters:
  ///   - bytes: the last 64 bytes of the file.
  ///   - fileSize: the length of the file in bytes; every place in the footer is held against it.
  /// - Throws: `FormatFault` when it is none, is damaged, or asks for a newer reader.
  public init(parsing bytes: [UInt8], fileSize: UInt64) throws(FormatFault) {
    guard bytes.count == Self.length, Array(bytes[56...]) == Self.magic else {
      throw FormatFault.damaged("the file does not end in a footer")
    }
    var reader = ByteReader(bytes)
    func next<T: FixedWidthInteger & UnsignedInteger>() -> T { reader.number(T.self) ?? 0 }
    tailStart = next()
    manifestOffset = next()
    manifestLength = next()
    indexOffset = next()
    indexLength = next()
    sections = next()
    contentChecksum = next()
    let _: UInt16 = next()
    let oldestReader: UInt16 = next()
    let length: UInt32 = next()
    digest = reader.take(16) ?? []
    guard oldestReader <= Self.version else {
      throw FormatFault.unsupported(
        "it asks for a reader of format version \(oldestReader); this one knows \(Self.version)")
    }
    let shortest = UInt64(8 + Self.length)
    guard length == Self.length, fileSize >= shortest, tailStart <= fileSize - shortest else {
      throw FormatFault.damaged("the footer's places lie outside the file")
    }
    let sectionsEnd = fileSize - tailStart - UInt64(Self.length)
    for (offset, length) in [(manifestOffset, manifestLength), (indexOffset, indexLength)] {
      guard offset >= 8, length >= Section.headerLength, UInt64(offset) + UInt64(length) <= sectionsEnd else {
        throw FormatFault.damaged("the footer's places lie outside the tail")
      }
    }
  }
}

/// One section of the tail.
public struct Section: Sendable, Hashable {
  /// The length of a section's header in bytes.
  public static let headerLength: UInt32 = 16
  /// The flag of a section without which the snapshot cannot be understood.
  static let required: UInt16 = 1

  /// What it holds.
  public var kind: SectionKind
  /// Whether a reader that does not know the kind must refuse the snapshot.
  public var isRequired: Bool
  /// Its bytes.
  public var payload: [UInt8]

  /// A section.
  public init(_ kind: SectionKind, required: Bool, _ payload: [UInt8]) {
    self.kind = kind
    self.isRequired = required
    self.payload = payload
  }

  private var seed: UInt64 {
    UInt64(kind.rawValue) | UInt64(isRequired ? Self.required : 0) << 16 | UInt64(UInt32(payload.count)) << 32
  }

  /// Its bytes in the file.
  fileprivate func write(to bytes: inout [UInt8]) {
    bytes.append(number: seed)
    bytes.append(number: payload.withUnsafeBytes { Checksum.section($0, seed: seed) })
    bytes.append(contentsOf: payload)
  }

  /// Reads one section.
  /// - Parameter bytes: begins with the section's header.
  /// - Throws: `FormatFault` when it is cut off or its checksum does not agree.
  init(parsing reader: inout ByteReader) throws(FormatFault) {
    guard let prefix = reader.number(UInt64.self), let sum = reader.number(UInt64.self),
      let payload = reader.take(Int(prefix >> 32))
    else { throw FormatFault.damaged("a section runs over the tail") }
    kind = SectionKind(rawValue: UInt16(truncatingIfNeeded: prefix))
    isRequired = UInt16(truncatingIfNeeded: prefix >> 16) & Self.required != 0
    self.payload = payload
    guard payload.withUnsafeBytes({ Checksum.section($0, seed: prefix) }) == sum else {
      throw FormatFault.damaged("the checksum of section \(kind.rawValue) does not agree")
    }
  }

  /// Reads a section that stands alone in some bytes.
  /// - Throws: `FormatFault` when it is cut off, damaged, or of another kind.
  public init(parsing bytes: [UInt8], expecting kind: SectionKind) throws(FormatFault) {
    var reader = ByteReader(bytes)
    try self.init(parsing: &reader)
    guard self.kind == kind else { throw FormatFault.damaged("a section is of another kind than the footer says") }
  }
}

/// The whole tail.
public struct Tail: Sendable, Hashable {
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
  /// Optional sections of kinds that this build does not read, in order.
  public var others: [Section]

  /// A tail.
  public init(
    manifest: Manifest, index: BlockIndex, map: BlockMap? = nil, contentChecksum: UInt32, others: [Section] = []
  ) {
    self.map = map
    self.contentChecksum = contentChecksum
    self.manifest = manifest
    self.index = index
    self.others = others
  }

  /// The bytes that follow the frame.
  /// - Throws: `FormatFault` when it would be longer than a reader takes, or the manifest cannot be written as JSON.
  public func serialized() throws(FormatFault) -> [UInt8] {
    // The manifest comes last, next to the footer, so that one read of the file's end holds both.
    let sections =
      [Section(.index, required: true, index.serialized)]
      + (map.map { [Section(.blockMap, required: true, $0.serialized)] } ?? []) + others
      + [Section(.manifest, required: true, try manifest.json())]
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
      tailStart: index.frameEnd, manifest: places[places.count - 1], index: places[0],
      sections: UInt32(sections.count), contentChecksum: contentChecksum)
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
  /// - Throws: `FormatFault` when anything in it is damaged, or a required section is of an unknown kind.
  public init(parsing bytes: [UInt8], footer: Footer) throws(FormatFault) {
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
    var manifest: Manifest?
    var index: [UInt8]?
    var map: [UInt8]?
    others = []
    let end = bytes.count - Footer.length
    var count: UInt32 = 0
    while reader.offset < end {
      let section = try Section(parsing: &reader)
      count += 1
      switch section.kind {
      case .manifest where manifest == nil: manifest = try Manifest(json: section.payload)
      case .index where index == nil: index = section.payload
      case .blockMap where map == nil: map = section.payload
      case .manifest, .index, .blockMap: throw FormatFault.damaged("a section stands twice in the tail")
      default:
        guard !section.isRequired else {
          throw FormatFault.unsupported(
            "it needs a section of kind \(section.kind.rawValue), which this build does not know")
        }
        others.append(section)
      }
    }
    guard reader.offset == end, count == footer.sections, let manifest, let index else {
      throw FormatFault.damaged("the tail lacks a section, or its sections run into the footer")
    }
    guard (manifest.increment != nil) == (map != nil) else {
      throw FormatFault.damaged("manifest and block map disagree on whether it is an increment")
    }
    self.manifest = manifest
    let blocks = try BlockIndex(parsing: index, tailStart: footer.tailStart, isIncrement: map != nil)
    self.index = blocks
    if let map, let told = manifest.increment {
      let map = try BlockMap(parsing: map, index: blocks)
      guard told.needs == map.ancestors.map(\.id), told.blocks == map.count, told.stored == blocks.count else {
        throw FormatFault.damaged("manifest and block map speak of different blocks")
      }
      self.map = map
    }
    contentChecksum = footer.contentChecksum
  }
}
