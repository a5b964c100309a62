// What a sealed snapshot says to everybody: for whom it is sealed, and what retention must know.
#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// The part of a sealed snapshot that is in the clear: JSON in a section of its own. What it says is bound to the sealed
/// manifest, so whoever opens the snapshot sees when it was changed; until then it is nobody's word.
public struct SealLabel: Codable, Sendable, Hashable {
  /// The most keys that one snapshot is sealed to.
  public static let mostRecipients = 64
  /// The longest label that is read, in bytes.
  private static let greatestLength = 64 << 10
  /// The only way of sealing there is.
  static let algorithm = "xchacha20-poly1305"

  /// Somebody who can open it.
  public struct Recipient: Codable, Sendable, Hashable {
    /// The id of the key.
    public var key: String
    /// The file's own key, sealed to that one, as base64 (80 bytes).
    var box: String
  }

  /// How it is sealed.
  var algorithm: String
  /// When the state was captured.
  public var time: Timestamp
  /// Whether retention must spare it. Why is only in the manifest.
  public var isPinned: Bool
  /// Those who can open it.
  public var recipients: [Recipient]

  /// The section's bytes.
  func json() throws(FormatFault) -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    do {
      return [UInt8](try encoder.encode(self))
    } catch {
      throw FormatFault.unsupported("the label cannot be written as JSON: \(error)")
    }
  }

  /// Reads the section.
  /// - Throws: `FormatFault` when it is none, or sealed in a way that this build does not know.
  static func parse(_ section: [UInt8]) throws(FormatFault) -> SealLabel {
    guard section.count <= greatestLength else { throw FormatFault.unsupported("a label of \(section.count) bytes") }
    let label: SealLabel
    do {
      label = try JSONDecoder().decode(SealLabel.self, from: Data(section))
    } catch {
      throw FormatFault.damaged("the label cannot be read: \(error)")
    }
    guard label.algorithm == algorithm else {
      throw FormatFault.unsupported("it is sealed in the way \(label.algorithm.prefix(40))")
    }
    guard (1...mostRecipients).contains(label.recipients.count),
      label.recipients.allSatisfy({ $0.key.utf8.count == 16 })
    else { throw FormatFault.damaged("the label names keys that cannot be") }
    return label
  }
}
