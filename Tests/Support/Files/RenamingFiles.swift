// A file system that changes names as POSIX has it and no other way, as many do.
import Foundation
public import TidemarkSQLite

/// Over another one: names can neither be exchanged, nor be given only where they are free.
public struct RenamingFiles<Base: FileSystem>: ForwardingFiles {
  public let base: Base

  public init(_ base: Base) { self.base = base }

  public func exchange(_ first: String, _ second: String) throws { throw FileError("exchange", first, EINVAL) }
  public func renameNew(_ from: String, to: String) throws { throw FileError("renameNew", from, EINVAL) }
}
