// Gives the new database the old one's owner, mode and access list, or refuses.
internal import TidemarkSQLite

/// Keeps who may do what with a database.
enum SwapKeep {
  private static let accessList = "system.posix_acl_access"

  /// Gives a file the owner, mode and access list of another.
  ///
  /// - Parameters:
  ///   - descriptor: the file's; all is done through it, whatever its name has come to stand for.
  ///   - prepared: its name.
  /// - Throws: `SwapError.unkept` when they cannot be the same.
  static func keep(
    _ old: FileStatus, of target: String, on descriptor: Int32, _ prepared: String, files: any FileSystem
  ) throws {
    do {
      let list = try files.attribute(accessList, of: target)
      let new = try files.status(of: descriptor)
      if new.owner != old.owner || new.group != old.group {
        try files.setOwner(of: descriptor, old.owner, old.group)
      }
      // The folder may have handed the new file a list of its own.
      if try files.attribute(accessList, of: prepared) != list {
        try files.setAttribute(accessList, of: descriptor, list)
      }
      // Last: a change of owner or list can change the bits.
      if try files.status(of: descriptor).mode != old.mode { try files.setMode(of: descriptor, old.mode) }
      let now = try files.status(of: descriptor)
      guard now.owner == old.owner, now.group == old.group, now.mode == old.mode,
        try files.attribute(accessList, of: prepared) == list
      else { throw SwapError(.unkept, target, "the file system does not keep its owner, mode or access list") }
    } catch let failure as FileError where failure.isForbidden || failure.isUnsupported {
      throw SwapError(.unkept, target, "its owner, mode or access list cannot be kept", cause: failure)
    }
  }
}
