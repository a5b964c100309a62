// `import Tidemark` is enough for a service: the floors below come with it.
@_exported public import TidemarkMigrations
@_exported public import TidemarkSchema
@_exported public import TidemarkSQLite
@_exported public import TidemarkSnapshots
