// Ends the programs of tests when the tests themselves were killed: nobody else would, and a service runs forever.
//
// A shell reads from a pipe which programs there are. The other end is this process's alone, and closes with it, however it
// ends; the shell then kills what is still on its list, each with all that it has started in its process group.

package import Foundation
import Synchronization

/// The list of programs that must not outlive this process.
package final class Orphans: Sendable {
  /// Those of this process; nil where no shell could be started, which then spoils no test.
  static let own = try? Orphans()

  private static let script = """
    trap '' HUP INT TERM
    list=' '
    while read -r sign pid; do
      case $sign in
        +) list="$list$pid " ;;
        -) case $list in *" $pid "*) list="${list%% "$pid" *} ${list#* "$pid" }" ;; esac ;;
      esac
    done
    for pid in $list; do kill -KILL "-$pid"; done
    """

  private let shell: pid_t
  private let list: Mutex<FileHandle>

  package init() throws {
    let pipe = try Launch.pipe()
    defer { close(pipe.read) }
    list = Mutex(FileHandle(fileDescriptor: pipe.write, closeOnDealloc: true))
    shell = try Launch(
      "/bin/sh", ["-c", Self.script], environment: nil, folder: nil,
      streams: [.descriptor(pipe.read), .writing("/dev/null"), .writing("/dev/null")]
    ).spawn()
  }

  /// Ends what is on the list, and the shell.
  package func endAll() {
    list.withLock { try? $0.close() }
    var status: Int32 = 0
    while waitpid(shell, &status, 0) < 0, errno == EINTR {}
  }

  /// Takes a program down, by its process group.
  package func add(_ pid: pid_t) { tell("+ \(pid)\n") }

  /// Strikes a program off; to be done before its number can be another's.
  package func remove(_ pid: pid_t) { tell("- \(pid)\n") }

  private func tell(_ line: String) { list.withLock { try? $0.write(contentsOf: Data(line.utf8)) } }
}
