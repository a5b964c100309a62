// Where a migration's id and name come from when its author states neither.
import Testing
import TidemarkMigrations

@Suite struct TypeNameTests {
  struct V012_AddTaskTier: Migration {
    var upgrade: Upgrade { "" }
    var downgrade: Downgrade { "" }
  }
  struct V20261120153000_Ümlaut_in_name: Migration {
    var upgrade: Upgrade { "" }
    var downgrade: Downgrade { "" }
  }
  struct Other: Migration {
    var upgrade: Upgrade { "" }
    var downgrade: Downgrade { "" }
  }

  @Test func idAndNameComeFromTheTypesName() {
    #expect(V012_AddTaskTier().id == 12)
    #expect(V012_AddTaskTier().name == "AddTaskTier")
    #expect(V20261120153000_Ümlaut_in_name().id == 20_261_120_153_000)
    #expect(V20261120153000_Ümlaut_in_name().name == "Ümlaut_in_name")
    #expect(Other().id.rawValue == 0)
    #expect(Other().name == "Other")
  }

  @Test func aLineageNamesWhatIsWrongWithItsIDs() {
    #expect(Lineage(name: "test", migrations: [Other()]).fault?.hasPrefix("Other has no id") == true)
    #expect(
      Lineage(name: "test", migrations: [V012_AddTaskTier(), V012_AddTaskTier()]).fault
        == "id 12 is used twice: by AddTaskTier and by AddTaskTier")
    let mixed = Lineage(name: "test", migrations: [V20261120153000_Ümlaut_in_name(), V012_AddTaskTier()])
    #expect(mixed.ids == [12, 20_261_120_153_000])
    #expect(mixed[12]?.name == "AddTaskTier")
    #expect(mixed[13] == nil)
  }
}
