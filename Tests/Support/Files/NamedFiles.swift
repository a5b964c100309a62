// What the sources do to an open file only, for tests that have a name.
public import TidemarkSQLite

extension FileSystem {
  private func withFile(_ path: String, _ body: (Int32) throws -> Void) throws {
    let descriptor = try open(path, .read)
    defer { close(descriptor) }
    try body(descriptor)
  }

  /// Sets the permission bits.
  public func setMode(_ path: String, _ mode: UInt32) throws { try withFile(path) { try setMode(of: $0, mode) } }

  /// Sets owner and group.
  public func setOwner(_ path: String, _ owner: UInt32, _ group: UInt32) throws {
    try withFile(path) { try setOwner(of: $0, owner, group) }
  }

  /// Sets an extended attribute.
  public func setAttribute(_ name: String, of path: String, _ value: [UInt8]?) throws {
    try withFile(path) { try setAttribute(name, of: $0, value) }
  }
}
