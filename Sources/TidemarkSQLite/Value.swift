// A value as SQLite stores it, and the Swift types that can be bound to and read from one.

/// One of SQLite's five storage classes with its content.
public enum Value: Sendable, Hashable {
  /// NULL.
  case null
  /// A signed 64-bit integer.
  case integer(Int64)
  /// An IEEE 754 double.
  case real(Double)
  /// Text, UTF-8.
  case text(String)
  /// Bytes.
  case blob([UInt8])
}

/// A type whose values can be bound to a statement's parameter.
public protocol Bindable {
  /// The value as SQLite stores it.
  var sqliteValue: Value { get }
}

/// A type that can be read from a result column.
public protocol Readable {
  /// Reads a value; nil when the storage class does not fit.
  init?(sqliteValue: Value)
}

extension Value: Bindable, Readable {
  /// The value itself.
  public var sqliteValue: Value { self }
  /// The value itself.
  public init(sqliteValue: Value) { self = sqliteValue }
}

extension Int64: Bindable, Readable {
  /// An INTEGER.
  public var sqliteValue: Value { .integer(self) }
  /// Reads an INTEGER.
  public init?(sqliteValue: Value) {
    guard case .integer(let number) = sqliteValue else { return nil }
    self = number
  }
}

extension Int: Bindable, Readable {
  /// An INTEGER.
  public var sqliteValue: Value { .integer(Int64(self)) }
  /// Reads an INTEGER that fits.
  public init?(sqliteValue: Value) {
    guard case .integer(let number) = sqliteValue, let exact = Int(exactly: number) else { return nil }
    self = exact
  }
}

extension Int32: Bindable, Readable {
  /// An INTEGER.
  public var sqliteValue: Value { .integer(Int64(self)) }
  /// Reads an INTEGER that fits.
  public init?(sqliteValue: Value) {
    guard case .integer(let number) = sqliteValue, let exact = Int32(exactly: number) else { return nil }
    self = exact
  }
}

extension Bool: Bindable, Readable {
  /// An INTEGER, 1 or 0.
  public var sqliteValue: Value { .integer(self ? 1 : 0) }
  /// Reads an INTEGER; everything but 0 is true.
  public init?(sqliteValue: Value) {
    guard case .integer(let number) = sqliteValue else { return nil }
    self = number != 0
  }
}

extension Double: Bindable, Readable {
  /// A REAL; NaN, which SQLite cannot hold, becomes NULL there.
  public var sqliteValue: Value { .real(self) }
  /// Reads a REAL or an INTEGER.
  public init?(sqliteValue: Value) {
    switch sqliteValue {
    case .real(let number): self = number
    case .integer(let number): self = Double(number)
    default: return nil
    }
  }
}

extension String: Bindable, Readable {
  /// TEXT.
  public var sqliteValue: Value { .text(self) }
  /// Reads TEXT.
  public init?(sqliteValue: Value) {
    guard case .text(let text) = sqliteValue else { return nil }
    self = text
  }
}

extension Array: Bindable where Element == UInt8 {
  /// A BLOB.
  public var sqliteValue: Value { .blob(self) }
}

extension Array: Readable where Element == UInt8 {
  /// Reads a BLOB.
  public init?(sqliteValue: Value) {
    guard case .blob(let bytes) = sqliteValue else { return nil }
    self = bytes
  }
}

extension Optional: Bindable where Wrapped: Bindable {
  /// The wrapped value, or NULL.
  public var sqliteValue: Value { self?.sqliteValue ?? .null }
}

extension Optional: Readable where Wrapped: Readable {
  /// Reads NULL as nil, everything else as the wrapped type.
  public init?(sqliteValue: Value) {
    if sqliteValue == .null {
      self = .none
    } else if let wrapped = Wrapped(sqliteValue: sqliteValue) {
      self = .some(wrapped)
    } else {
      return nil
    }
  }
}
