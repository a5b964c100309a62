// Changelogs that lie: about what was applied, about what is to be undone, and in numbers that no build writes.
import Foundation
import Testing
import Tidemark

@Suite struct ForgedChangelogTests {
  private static let digest = HostileBench.build.upgradeDigests[3] ?? ""
  private static func entry(
    _ id: String, position: String = "9", digest: String = "d", downgrade: String = "'SELECT 1'"
  )
    -> String
  {
    "INSERT INTO tidemark_changelog VALUES(\(id), \(position), 'Limits', 0, '2026-01-01T00:00:00Z', 'forger', "
      + "'\(digest)', \(downgrade), NULL, '{}', NULL, NULL);"
  }

  static let attacks: [Attack] = [
    // Taken down and put back, as nothing else leads to the head.
    .file("it claims the build's migration", entry("3", digest: digest), .contained),
    .file("it claims it with another digest", entry("3"), .refused("edited"), "3 Limits"),
    .file(
      "it claims it without a downgrade, with another's objects",
      entry("3", digest: digest, downgrade: "NULL")
        + #"UPDATE tidemark_changelog SET objects = '{"added":["table accounts"],"changed":[],"removed":["table notes"]}'"#,
      .failed("left-behind")),
    .file(
      "it claims it to have been undone already", "DELETE FROM tidemark_changelog WHERE id = 1", .failed("step-failed"),
      "already exists"),
    .file("an unknown change before all others", entry("9", position: "0"), .contained),
    .file("an id below one", entry("-1"), .refused("damaged-changelog"), "id -1"),
    .file("the greatest id", entry("9223372036854775807"), .contained),
    .file(
      "the greatest position", entry("9", position: "9223372036854775807"), .refused("damaged-changelog"), "position"),
    .file(
      "the greatest position but one", entry("9", position: "9223372036854775806"), .refused("damaged-changelog"),
      "position"),
    .file("the greatest revision", "UPDATE tidemark_changelog SET revision = 9223372036854775807", .contained),
    .file("objects that are no JSON", "UPDATE tidemark_changelog SET objects = '[[[['", .contained),
    .file(
      "objects nested without end", "UPDATE tidemark_changelog SET objects = printf('%.*c', 200000, '[')", .contained),
    .file(
      "a cursor where none can stand",
      #"UPDATE tidemark_changelog SET batch = '{"part":9223372036854775807,"slices":9223372036854775807}'"#,
      .refused("damaged-changelog"), "cursor"),
    .file(
      "a downgrade of megabytes",
      "UPDATE tidemark_changelog SET downgrade = 'DROP TABLE newer;' || printf('%.*c', 5000000, ' ') WHERE id = 4",
      .contained),
    .file("no lineage", "DELETE FROM tidemark_meta", .refused("damaged-changelog"), "lineage"),
    .file("another lineage", "UPDATE tidemark_meta SET value = 'other' WHERE key = 'lineage'", .refused("foreign")),
    .file(
      "a lineage of megabytes", "UPDATE tidemark_meta SET value = printf('%.*c', 5000000, 'x') WHERE key = 'lineage'",
      .refused("damaged-changelog"), "lineage"),
    .file(
      "a format of numbers without end",
      "UPDATE tidemark_meta SET value = '99999999999999999999' WHERE key = 'format_readable_by'",
      .refused("newer-format")),
    .file(
      "a baseline that is no JSON", "INSERT INTO tidemark_meta VALUES('baseline', '{')", .refused("damaged-changelog")),
    .file(
      "a baseline that forges the build's ids",
      "INSERT INTO tidemark_meta VALUES('baseline', '{\"id\":3,\"at\":\"x\",\"retired\":["
        + retired(id: "3", position: "9", digest: digest) + "]}')",
      .refused("altered"), "ceiling"),
    .file(
      "a baseline with ids that are there",
      "INSERT INTO tidemark_meta VALUES('baseline', '{\"id\":2,\"at\":\"x\",\"retired\":["
        + retired(id: "2", position: "8", digest: "d") + "]}')", .refused("damaged-changelog"), "two entries"),
    .file(
      "a baseline with the greatest position",
      "INSERT INTO tidemark_meta VALUES('baseline', '{\"id\":8,\"at\":\"x\",\"retired\":["
        + retired(id: "8", position: "9223372036854775806", digest: "d") + "]}')", .refused("damaged-changelog"),
      "position"),
    .file(
      "an attic whose numbers run over",
      "CREATE TABLE tidemark_attic(id INTEGER PRIMARY KEY, generation, migration, name, upgrade_digest, table_name, "
        + "table_after, state, kept_at, kept_by, rows, shape); INSERT INTO tidemark_attic VALUES(9223372036854775807, 1, 3, "
        + "'Limits', '\(digest)', 'accounts', 'accounts', 'kept', 'x', 'x', 9223372036854775807, '{\"kind\":\"rows\"}')",
      .refused("damaged-changelog"), "attic"),
    .file(
      "an attic that names SQL",
      "CREATE TABLE tidemark_attic(id INTEGER PRIMARY KEY, generation INTEGER, migration INTEGER, name TEXT, "
        + "upgrade_digest TEXT, table_name TEXT, table_after TEXT, state TEXT, kept_at TEXT, kept_by TEXT, rows INTEGER, "
        + "shape TEXT); INSERT INTO tidemark_attic VALUES(1, 1, 3, 'Limits', '\(digest)', 'accounts; DROP TABLE notes', "
        + "'notes\"; DROP TABLE notes', 'kept', 'x', 'x', 1, '{\"kind\":\"rows\",\"loose\":\"\",\"exact\":\"\",\"columns\":[\"a) FROM x; --\"],"
        + "\"hasRowid\":true,\"columnsAfter\":[\"*\"],\"hasInlineDigest\":false,\"isFirm\":true,\"survivors\":[],\"survivorsAfter\":[\"x\"]}')",
      .contained),
  ]

  private static func retired(id: String, position: String, digest: String) -> String {
    #"{"id":\#(id),"position":\#(position),"name":"Limits","revision":0,"appliedAt":"x","appliedBy":"forger","upgradeDigest":"\#(digest)","downgrade":"DROP TABLE notes","objects":"{}"}"#
  }

  @Test(arguments: attacks) func aForgedChangelogIsRefusedOrContained(_ attack: Attack) throws {
    try HostileBench(attack).play(attack)
  }
}
