// A baseline with what it retired, as the text that `tidemark_meta` and a snapshot's manifest keep.
#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

extension Changelog.Folded {
  /// The text to keep.
  /// - Throws: `EncodingError`.
  public var json: String {
    get throws {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
      return String(decoding: try encoder.encode(self), as: UTF8.self)
    }
  }

  /// Reads the text.
  /// - Throws: `MigrationError.damagedChangelog`.
  public init(json: String) throws {
    do {
      self = try JSONDecoder().decode(Changelog.Folded.self, from: Data(json.utf8))
    } catch {
      throw MigrationError.damagedChangelog("the baseline's retired entries cannot be read")
    }
  }
}
