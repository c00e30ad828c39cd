import Postgres
import PostgresTestSupport
import Testing

extension PostgresTests {
    @Suite("The server goes away")
    struct RecoveryTests {
        enum Ending: CaseIterable {
            case stop
            case kill
        }

        /// Repeats a call until it succeeds.
        private func waitUntilUp(_ database: Database) async throws {
            let end = ContinuousClock.now + .seconds(20)
            while await failure({ try await database.ping() }) != nil {
                guard ContinuousClock.now < end else {
                    throw TemporaryCluster.Failure("the pool did not recover")
                }
            }
        }

        @Test(
            "calls fail fast with a retry hint while it is down, and work when it is back",
            arguments: Ending.allCases
        )
        func recovers(_ ending: Ending) async throws {
            let cluster = try await TemporaryCluster()
            let test = try await cluster.makeDatabase()
            try await test.use { database in
                _ = try await database.write("CREATE TABLE notes (n integer)", as: .nobody)
                switch ending {
                case .stop: await cluster.stop()
                case .kill: await cluster.kill()
                }
                // A write that meets a dying server may have been done, for all that is known.
                while !database.statistics.isDown {
                    _ = await failure { try await database.ping() }
                }
                for _ in 0..<2 {
                    let start = ContinuousClock.now
                    async let read = failure {
                        _ = try await database.read("SELECT 1", as: .nobody)
                    }
                    async let write = failure {
                        _ = try await database.write("SELECT 1", as: .nobody)
                    }
                    async let transaction = failure {
                        try await database.transaction(as: .nobody) {
                            _ = try await $0.execute("SELECT 1")
                        }
                    }
                    for error in [await read, await write, await transaction] {
                        let error = error as? DatabaseError
                        #expect(error?.code == .unavailable || error?.code == .connectionLost)
                        #expect(error?.commitOutcomeUnknown == false)
                        let hint = error?.retryAfter ?? .zero
                        #expect(hint >= .milliseconds(200) && hint <= .seconds(1))
                    }
                    #expect(start.duration(to: .now) < .seconds(3))
                }
                #expect(database.statistics.isDown)
                #expect(database.statistics.lastConnectionError != nil)
                let soon = ContinuousClock.now + .milliseconds(300)
                _ = await failure { try await database.ping(deadline: soon) }
                #expect(ContinuousClock.now < soon + .milliseconds(300))

                try await cluster.start()
                try await self.waitUntilUp(database)
                _ = try await database.write("INSERT INTO notes VALUES (1)", as: .nobody)
                #expect(!database.statistics.isDown)
            }
        }

        @Test("a caller that waits gets its answer when the server comes back in time")
        func waitsShortly() async throws {
            let cluster = try await TemporaryCluster()
            let test = try await cluster.makeDatabase()
            try await test.use({ $0.unavailableTimeout = .seconds(20) }) { database in
                try await database.ping()
                await cluster.stop()
                async let value = database.value("SELECT 7", Int.self)
                try await cluster.start()
                #expect(try await value == 7)
            }
        }

        @Test("a write whose answer was lost says that its outcome is unknown")
        func reportsUnknownOutcomes() async throws {
            let cluster = try await TemporaryCluster()
            let test = try await cluster.makeDatabase()
            try await test.use { database in
                _ = try await database.write("CREATE TABLE notes (n integer)", as: .nobody)
                let write = Task {
                    _ = try await database.write(
                        "INSERT INTO notes VALUES (1)",
                        "SELECT pg_sleep(30)",
                        as: .nobody
                    )
                }
                let read = Task { _ = try await database.read("SELECT pg_sleep(30)", as: .nobody) }
                let transaction = Task {
                    try await database.transaction(as: .nobody) {
                        _ = try await $0.execute("SELECT pg_sleep(30)")
                    }
                }
                let owner = test.superuserConnectionString
                try await test.use(as: owner) { observer in
                    try await observer.wait(
                        until:
                            "SELECT count(*) = 3 FROM pg_stat_activity WHERE wait_event = 'PgSleep'"
                    )
                }
                await cluster.kill()
                let writeError = await failure { try await write.value } as? DatabaseError
                #expect(writeError?.code == .connectionLost)
                #expect(writeError?.commitOutcomeUnknown == true)
                for task in [read, transaction] {
                    let error = await failure { try await task.value } as? DatabaseError
                    #expect(error?.code == .connectionLost)
                    #expect(error?.commitOutcomeUnknown == false)
                }
                try await cluster.start()
                try await self.waitUntilUp(database)
                #expect(try await database.value("SELECT count(*) FROM notes", Int.self) == 0)
            }
        }

        @Test(
            "a server that hangs makes calls fail at their deadline, and writes' outcome is unknown"
        )
        func survivesHangingServers() async throws {
            let cluster = try await TemporaryCluster()
            let test = try await cluster.makeDatabase()
            try await test.use { database in
                _ = try await database.write("CREATE TABLE notes (n integer)", as: .nobody)
                try await database.ping()
                cluster.freeze()
                let start = ContinuousClock.now
                async let read = failure {
                    try await database.ping(deadline: start + .milliseconds(300))
                }
                async let write = failure {
                    _ = try await database.write(
                        "INSERT INTO notes VALUES (1)",
                        as: .nobody,
                        deadline: start + .milliseconds(300)
                    )
                }
                let readError = await read as? DatabaseError
                #expect(readError?.code == .statementTimeout)
                #expect(start.duration(to: .now) < .milliseconds(900))
                let writeError = await write as? DatabaseError
                #expect(writeError?.commitOutcomeUnknown == true)
                #expect(start.duration(to: .now) < .milliseconds(2500))
                cluster.resume()
                try await self.waitUntilUp(database)
                _ = try await database.write("INSERT INTO notes VALUES (2)", as: .nobody)
            }
        }

        @Test("a session ended by an administrator is replaced")
        func replacesSessions() async throws {
            try await withDatabase { database in
                try await database.ping()
                _ = try await database.write("SELECT 1", as: .nobody)
                for _ in 0..<5 {
                    _ = try await database.write(
                        "SELECT pg_terminate_backend(pid) FROM (\(fragment: otherSessions)) AS o",
                        as: .nobody
                    )
                    try await self.waitUntilUp(database)
                    _ = await failure { _ = try await database.write("SELECT 1", as: .nobody) }
                    _ = try await database.write("SELECT 1", as: .nobody)
                }
            }
        }

        @Test("a database that was never there is reported, not waited for")
        func reportsWrongConfiguration() async throws {
            let cluster = try await TemporaryCluster.shared()
            let test = try await cluster.makeDatabase()
            for connectionString in [
                cluster.connectionString(database: "missing"), "host=/nonexistent dbname=x",
                "this is no connection string", "",
            ] {
                try await test.use(
                    as: connectionString,
                    { $0.unavailableTimeout = .milliseconds(300) }
                ) { database in
                    let error = await failure { try await database.ping() } as? DatabaseError
                    #expect(error?.code == .unavailable)
                    #expect(error?.message.isEmpty == false)
                }
            }
        }
    }
}
