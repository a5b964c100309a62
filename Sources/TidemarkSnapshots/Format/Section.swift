// The sections of the tail: each has a kind, a length and a checksum of its own.

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
  /// Whose the snapshot is. Optional.
  public static let signature = SectionKind(rawValue: 4)
  /// The digests of the blocks that a signature rests on. Optional.
  public static let hashTree = SectionKind(rawValue: 5)
  /// For whom the snapshot is sealed, in the clear. Required where present.
  public static let seal = SectionKind(rawValue: 6)
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
  func write(to bytes: inout [UInt8]) {
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
