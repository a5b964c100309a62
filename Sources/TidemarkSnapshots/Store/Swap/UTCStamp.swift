// Moments as part of a file's name: 20260730T101500Z, in universal time.
#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// A moment, to the second, as it stands in file names.
public struct UTCStamp: Sendable, Hashable, Comparable, CustomStringConvertible {
  /// Seconds since 1970.
  public let seconds: Int64

  /// A moment; years beyond 0000 to 9999 are brought to the nearest that a stamp can say.
  public init(seconds: Int64) { self.seconds = min(max(seconds, -62_167_219_200), 253_402_300_799) }

  /// This moment.
  public static var now: UTCStamp { UTCStamp(seconds: Int64(time(nil))) }

  /// Reads `YYYYMMDDTHHMMSSZ`; nil for anything else, dates that do not exist included.
  public init?(_ text: some StringProtocol) {
    guard let moment = Timestamp(String(text)) else { return nil }
    self.init(seconds: moment.milliseconds / 1000)
    guard description == text else { return nil }
  }

  private var moment: Timestamp { Timestamp(milliseconds: seconds * 1000) }

  /// `YYYYMMDDTHHMMSSZ`.
  public var description: String { moment.fileName.prefix(15) + "Z" }

  /// `YYYY-MM-DDTHH:MM:SSZ`.
  public var rfc3339: String { moment.description.prefix(19) + "Z" }

  /// The earlier first.
  public static func < (left: UTCStamp, right: UTCStamp) -> Bool { left.seconds < right.seconds }
}
