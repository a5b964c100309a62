// The folder of one run of a program that may be killed, so that nothing piles up where it works.
import Foundation
import TidemarkSQLite

/// Folders in memory, where the system has such, named by the process that works there.
public enum RunFolder {
  /// Makes the folder of this process, and removes those whose process is gone.
  /// - Parameter name: the program's; its folder is NAME-PID.
  public static func make(_ name: String) throws -> String {
    let base = FileManager.default.fileExists(atPath: "/dev/shm") ? "/dev/shm" : NSTemporaryDirectory()
    for other in try LocalFiles().list(base) where other.hasPrefix(name + "-") {
      let rest = other.dropFirst(name.count + 1)
      guard let pid = Int32(rest.prefix { $0 != "-" }), pid > 0, kill(pid, 0) != 0, errno == ESRCH else { continue }
      // Another run that begins at the same time may be removing it as well.
      try? FileManager.default.removeItem(atPath: base + "/" + other)
    }
    let folder = base + "/\(name)-\(getpid())"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    return folder
  }
}
