import Postgres
import PostgresTestSupport
import Testing

extension PostgresTests {
    @Suite("Migrations")
    struct MigrationTests {
        private let first = Migration(
            version: 1,
            name: "notes",
            sql: "CREATE TABLE notes (n integer); INSERT INTO notes VALUES (1);"
        )
        private let second = Migration(
            version: 2,
            name: "more",
            sql: "ALTER TABLE notes ADD m text;"
        )

        private func migrator(_ migrations: Migration..., role: String? = nil) -> Migrator {
            Migrator(migrations: migrations, schema: "odd \"schema", runtimeRole: role)
        }

        @Test("migrations are applied once, in order, and the runtime role can check them")
        func applies() async throws {
            let test = try await TemporaryCluster.shared().makeDatabase()
            let migrator = self.migrator(self.second, self.first, role: test.runtime)
            try await test.use(as: test.runtimeConnectionString) { database in
                let before = await failure { try await migrator.check(database) } as? MigrationError
                #expect(before == .notMigrated(schema: "odd \"schema"))
                let applied = try await migrator.migrate(
                    connectionString: test.ownerConnectionString
                )
                #expect(applied == [self.first, self.second])
                try await migrator.check(database)
                #expect(
                    try await migrator.migrate(connectionString: test.ownerConnectionString).isEmpty
                )
                let recorded: Bool = try await database.value(
                    """
                    SELECT bool_and(length(checksum) = 32 AND applied_at <= now())
                    FROM \(identifier: "odd \"schema").schema_migrations
                    """
                )
                #expect(recorded)
            }
        }

        @Test("a role that may become the owner migrates as the owner")
        func becomesOwner() async throws {
            let test = try await TemporaryCluster.shared().makeDatabase()
            _ = try await self.migrator(self.first).migrate(
                connectionString: test.superuserConnectionString,
                role: test.owner
            )
            try await test.use { database in
                let owner: String = try await database.value(
                    "SELECT tableowner FROM pg_tables WHERE tablename = 'notes'"
                )
                #expect(owner == test.owner)
            }
            await #expect(throws: DatabaseError.self) {
                _ = try await self.migrator(self.first).migrate(
                    connectionString: test.runtimeConnectionString,
                    role: test.owner
                )
            }
        }

        @Test("a failing migration is undone and stops the rest, what came before stays")
        func undoesFailures() async throws {
            let test = try await TemporaryCluster.shared().makeDatabase()
            let broken = Migration(
                version: 2,
                name: "broken",
                sql: "CREATE TABLE half (); SELECT 1 / 0;"
            )
            let third = Migration(version: 3, name: "third", sql: "CREATE TABLE third ();")
            let error =
                await failure {
                    _ = try await self.migrator(self.first, broken, third).migrate(
                        connectionString: test.ownerConnectionString
                    )
                } as? MigrationError
            guard case .failed(2, "broken", let reason) = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(reason.contains("22012"))
            try await test.use { database in
                let tables: Int = try await database.value(
                    "SELECT count(*) FROM pg_tables WHERE schemaname = 'odd \"schema'"
                )
                #expect(tables == 2)
                let error = await failure {
                    try await self.migrator(self.first, self.second).check(database)
                }
                #expect(error as? MigrationError == .missing(versions: [2]))
            }
            // Mended, it goes on.
            let applied = try await self.migrator(self.first, self.second, third).migrate(
                connectionString: test.ownerConnectionString
            )
            #expect(applied == [self.second, third])
        }

        @Test("a migration that ends its own transaction is refused")
        func refusesCommit() async throws {
            let test = try await TemporaryCluster.shared().makeDatabase()
            let commits = Migration(version: 1, name: "commits", sql: "CREATE TABLE a (); COMMIT;")
            let error =
                await failure {
                    _ = try await self.migrator(commits).migrate(
                        connectionString: test.ownerConnectionString
                    )
                } as? MigrationError
            guard case .failed(1, _, _) = error else {
                Issue.record("\(String(describing: error))")
                return
            }
        }

        @Test(
            "a contradiction between the schema's history and the program's is an error of its own"
        )
        func findsContradictions() async throws {
            let test = try await TemporaryCluster.shared().makeDatabase()
            let third = Migration(
                version: 3,
                name: "third",
                sql: "CREATE TABLE third ();",
                compatibleSince: 2
            )
            _ = try await self.migrator(self.first, self.second, third).migrate(
                connectionString: test.ownerConnectionString
            )
            let changed = Migration(version: 1, name: "notes", sql: self.first.sql + " ")
            let fifth = Migration(version: 5, name: "fifth", sql: "")
            let fourth = Migration(version: 4, name: "fourth", sql: "")
            try await test.use { database in
                let cases: [(Migrator, MigrationError?)] = [
                    (
                        self.migrator(changed, self.second, third),
                        .changed(version: 1, name: "notes")
                    ),
                    (self.migrator(self.first, third), .unknown(version: 2, name: "more")),
                    (self.migrator(self.first), .incompatible(version: 3, requires: 2, known: 1)),
                    (self.migrator(), .incompatible(version: 3, requires: 2, known: 0)),
                    (self.migrator(self.first, self.second), nil),
                    (
                        self.migrator(self.first, self.second, third, fourth, fifth),
                        .missing(versions: [4, 5])
                    ),
                    (self.migrator(self.first, self.first), .malformed("version 1 occurs twice")),
                ]
                for (migrator, expected) in cases {
                    let error = await failure { try await migrator.check(database) }
                    #expect(error as? MigrationError == expected)
                }
                _ = try await self.migrator(self.first, self.second, third, fifth).migrate(
                    connectionString: test.ownerConnectionString
                )
                for act in [
                    {
                        _ = try await self.migrator(self.first, self.second, third, fourth, fifth)
                            .migrate(connectionString: test.ownerConnectionString)
                    },
                    {
                        try await self.migrator(self.first, self.second, third, fourth, fifth)
                            .check(database)
                    },
                ] as [() async throws -> Void] {
                    #expect(
                        await failure(act) as? MigrationError == .outOfOrder(version: 4, after: 5)
                    )
                }
            }
        }

        @Test("two migrators at once apply each migration once")
        func locks() async throws {
            let test = try await TemporaryCluster.shared().makeDatabase()
            let slow = Migration(
                version: 2,
                name: "slow",
                sql: "SELECT pg_sleep(0.2); CREATE TABLE slow ();"
            )
            let migrator = self.migrator(self.first, slow)
            let counts = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<3 {
                    group.addTask {
                        try await migrator.migrate(connectionString: test.ownerConnectionString)
                            .count
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }.sorted()
            }
            #expect(counts == [0, 0, 2])
        }

        @Test("a file's name gives version and name, its leading comments the compatibility")
        func readsFiles() throws {
            let migration = try Migration(
                fileName: "V0007_two_words.sql",
                sql: "-- About it.\n-- compatible-since: 3\nSELECT 1;\n-- compatible-since: 5\n"
            )
            #expect(migration.version == 7)
            #expect(migration.name == "two_words")
            #expect(migration.compatibleSince == 3)
            for name in [
                "7_name.sql", "V_name.sql", "V0_name.sql", "Vx_name.sql", "V1.sql", "V-1_a.sql", "",
            ] {
                #expect(throws: MigrationError.self) { try Migration(fileName: name, sql: "") }
            }
            for value in ["", "x", "8", "-1"] {
                #expect(throws: MigrationError.self) {
                    try Migration(fileName: "V7_a.sql", sql: "-- compatible-since: \(value)\n")
                }
            }
        }

        @Test("a cancelled migration is undone")
        func cancels() async throws {
            let test = try await TemporaryCluster.shared().makeDatabase()
            let slow = Migration(
                version: 1,
                name: "slow",
                sql: "CREATE TABLE slow (); SELECT pg_sleep(20);"
            )
            let task = Task {
                _ = try await self.migrator(slow).migrate(
                    connectionString: test.ownerConnectionString
                )
            }
            try await test.use { database in
                try await database.wait(
                    until:
                        "SELECT EXISTS (\(fragment: otherSessions) AND wait_event = 'PgSleep')"
                )
                task.cancel()
                let error = await failure { try await task.value }
                #expect(error is CancellationError)
                #expect(
                    try await database.value(
                        "SELECT to_regclass('\"odd \"\"schema\".slow') IS NULL",
                        Bool.self
                    )
                )
            }
        }
    }
}
