// Tells at a glance whether two jobs, or a job then and now, run the same: a hash of the command's words. SQLite cannot
// split words as a shell does, so this takes code.
import Tidemark

struct V011_HashCommands: Migration {
  var upgrade: Upgrade {
    [
      "ALTER TABLE jobs ADD COLUMN command_hash TEXT",
      .run { connection in
        for row in try connection.rows("SELECT id, command FROM jobs") {
          let id: Int64 = try row.get("id")
          // A value that is no text was put there by hand; it has no words.
          guard case .text(let command) = row["command"] else { continue }
          try connection.run("UPDATE jobs SET command_hash = ? WHERE id = ?", commandHash(of: command), id)
        }
      },
    ]
  }
  var downgrade: Downgrade { "ALTER TABLE jobs DROP COLUMN command_hash" }
}

/// FNV-1a, 64 bits, of a command's words, in 16 hexadecimal digits: white space between them does not count.
public func commandHash(of command: String) -> String {
  var hash: UInt64 = 0xcbf2_9ce4_8422_2325
  for word in command.split(whereSeparator: \.isWhitespace) {
    for byte in word.utf8 + [0] {
      hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3
    }
  }
  let digits = String(hash, radix: 16)
  return String(repeating: "0", count: 16 - digits.utf8.count) + digits
}
