// The rules of `check`: what each is called, where it may be allowed, and what to do about it. docs/check.md says more.

/// A rule.
enum CheckRule: String, CaseIterable, Sendable, Encodable {
  // The files.
  case sum, head, released, version, comment, allow
  // The migrations, tried.
  case fails
  case lossyDowngrade = "lossy-downgrade"
  case unprovenDowngrade = "unproven-downgrade"
  case diverges, snapshot
  // The migrations, read.
  case destructive
  case notNull = "not-null"
  case unique, rename
  case bigRebuild = "big-rebuild"
  case typeChange = "type-change"
  case foreignKeyIndex = "foreign-key-index"
  case nondeterministic, mixed, positional
  case ownTable = "own-table"
  case unknownFunction = "unknown-function"
  case unknownCollation = "unknown-collation"
  case tooNew = "too-new"

  /// Whether its author may know better, and say why.
  var isAllowable: Bool {
    switch self {
    case .released, .lossyDowngrade, .unprovenDowngrade, .destructive, .notNull, .unique, .rename, .bigRebuild,
      .typeChange, .foreignKeyIndex, .nondeterministic, .mixed:
      true
    default: false
    }
  }

  /// The rule in a few words.
  var title: String {
    switch self {
    case .sum: "lineage.sum is as the migrations are"
    case .head: "head.sql is what the migrations make"
    case .released: "a released migration stays as it is"
    case .version: "a schema is reached by the migration that it names"
    case .comment: "a comment for Tidemark can be understood"
    case .allow: "what is allowed is allowed for a reason"
    case .fails: "every migration runs"
    case .lossyDowngrade: "a downgrade brings everything back"
    case .unprovenDowngrade: "a downgrade is proven"
    case .diverges: "every way leads to the same schema"
    case .snapshot: "every snapshot can be brought to this build"
    case .destructive: "nothing is thrown away"
    case .notNull: "rows that are there have a value for a new column"
    case .unique: "rows that are there satisfy a new key"
    case .rename: "an older build finds what it knows"
    case .bigRebuild: "a big table is not copied"
    case .typeChange: "values keep what they are"
    case .foreignKeyIndex: "a foreign key has an index"
    case .nondeterministic: "a migration gives the same each time"
    case .mixed: "many rows are not changed while the schema is"
    case .positional: "columns go by name"
    case .ownTable: "Tidemark's tables are left alone"
    case .unknownFunction: "a downgrade needs no function of the application"
    case .unknownCollation: "a downgrade needs no collation of the application"
    case .tooNew: "a downgrade runs on the oldest SQLite"
    }
  }

  /// What to do about it.
  var advice: String {
    switch self {
    case .sum: "run 'tidemark schema --write' and commit what it writes"
    case .head: "'tidemark new NAME' drafts the migration to it, 'tidemark schema --write' brings it up to date"
    case .released: "put it back as it was and change what is to be different in a new migration"
    case .version: "name the migration that leads there, or take the line out"
    case .comment: "it is 'renamed from OLD', 'new', 'version ID', or 'allow RULE: reason'"
    case .allow: "write 'tidemark: allow RULE: reason', with the id of a rule that can be allowed"
    case .fails: "mend the statement"
    case .lossyDowngrade: "have the way back keep it, in a table of its own for instance, or declare it .irreversible"
    case .unprovenDowngrade: "state a downgrade that can be tried"
    case .diverges: "look at the downgrade of the migration that is named"
    case .snapshot: "'tidemark plan' and 'tidemark rehearse' of that snapshot say more"
    case .destructive: "move the values first, or drop it in a later release, when no build needs it"
    case .notNull: "give it a DEFAULT, or fill it where the table is made anew"
    case .unique: "say in the migration what becomes of rows that are the same"
    case .rename: "add the new one, fill it, and drop the old one in a later release"
    case .bigRebuild: "do it with ALTER TABLE, which copies nothing: add columns last"
    case .typeChange: "add a column of the new type and fill it, so that the old values stay"
    case .foreignKeyIndex: "CREATE INDEX on the columns that refer: without it, each DELETE of a parent reads all rows"
    case .nondeterministic: "write a value, or have the service fill it in"
    case .mixed: "give the rows a .batched part, which runs in slices once the service is up"
    case .positional: "name the columns: INSERT INTO t(a, b) SELECT a, b FROM …"
    case .ownTable: "take it out"
    case .unknownFunction: "say it with SQLite's own functions; the build that runs it may be another"
    case .unknownCollation: "use BINARY, NOCASE or RTRIM; the build that runs it may be another"
    case .tooNew: "say it with older means, or raise the line 'sqlite' of lineage.sum"
    }
  }
}
