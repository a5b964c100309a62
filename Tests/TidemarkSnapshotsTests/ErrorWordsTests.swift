// What every error of snapshots says: what failed, in words and for programs, and what to do next.
import Testing
import TidemarkSQLite

@testable import TidemarkSnapshots

@Suite struct ErrorWordsTests {
  /// One of each reason. The function below stops compiling when there is a new one, which then has to come in here.
  static let reasons: [SnapshotError.Reason] = [
    .missing, .notAFile, .notAFolder, .empty, .foreign(found: "text"), .damaged("x"),
    .damagedBlock(1, pages: 65...128, why: "x"), .damagedBlock(1, pages: nil, why: "x"), .truncated("x"),
    .unsupported("x"), .missingParent("id"), .otherParent("id"), .notIndexed, .notWhole("x"),
    .tooLarge(bytes: 2, limit: 1), .tooLarge(bytes: nil, limit: 1), .unreadable("x"), .checkFailed(["x"]), .exists,
    .storeBusy(holder: "x"), .noSnapshot("x"), .ambiguous("x", names: ["xy", "xz"]),
    .refusedStatement(line: 1, sql: "x", why: "y"), .failedStatement(line: 1, sql: "x"), .incompleteDump("x"),
    .emptyPolicy, .invalid("x"), .database(doing: "x"), .file(doing: "x"),
    .sealed(SealLabel(algorithm: "x", time: .now(), isPinned: false, recipients: [])), .untrusted("x"), .forged("x"),
  ]

  /// The place of a reason in the enumeration.
  private func number(of reason: SnapshotError.Reason) -> Int {
    switch reason {
    case .missing: 0
    case .notAFile: 1
    case .notAFolder: 2
    case .empty: 3
    case .foreign: 4
    case .damaged: 5
    case .damagedBlock: 6
    case .truncated: 7
    case .unsupported: 8
    case .missingParent: 9
    case .otherParent: 10
    case .notIndexed: 11
    case .notWhole: 12
    case .tooLarge: 13
    case .unreadable: 14
    case .checkFailed: 15
    case .exists: 16
    case .storeBusy: 17
    case .noSnapshot: 18
    case .ambiguous: 19
    case .refusedStatement: 20
    case .failedStatement: 21
    case .incompleteDump: 22
    case .emptyPolicy: 23
    case .invalid: 24
    case .database: 25
    case .file: 26
    case .sealed: 27
    case .untrusted: 28
    case .forged: 29
    }
  }

  @Test func everyReasonIsHere() {
    #expect(Set(Self.reasons.map(number)) == Set(0...29))
  }

  /// Every tool ends with 2 for these, and with 1 for the others.
  @Test func refusalsAreNoFailures() {
    let refusals = Self.reasons.map { SnapshotError($0, at: "x") }.filter(\.isRefusal).map(\.code)
    #expect(
      Set(refusals) == [
        "exists", "too-large", "store-busy", "empty-policy", "sealed", "untrusted", "forged", "refused-statement",
      ])
  }

  @Test(arguments: reasons.indices)
  func everyReasonSaysWhatToDoNext(index: Int) throws {
    let error = SnapshotError(Self.reasons[index], at: "jobs.sqlite.lz4")
    #expect(try !#require(error.hint, "\(error.code)").isEmpty)
    #expect(error.description.hasPrefix("jobs.sqlite.lz4: "))
    #expect(!error.description.hasSuffix("."))
    #expect(error.code.allSatisfy { $0.isLowercase || $0 == "-" })
  }

  @Test func codesTellReasonsApart() {
    let codes = Dictionary(grouping: Self.reasons, by: { SnapshotError($0, at: "").code })
    for (code, reasons) in codes { #expect(Set(reasons.map(number)).count == 1, "\(code)") }
  }

  @Test func theCauseHasTheLastWordOnWhatToDo() {
    let full = SnapshotError(.file(doing: "write it"), at: "x", cause: SQLiteError(SQLiteError.full, "full"))
    #expect(full.hint == "free some room, or write to another disk")
  }
}
