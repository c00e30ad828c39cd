import Postgres
import PostgresTestSupport
import Testing

extension PostgresTests {
    @Suite("Cancellation")
    struct CancellationTests {
        private let isLocked: SQL = """
            SELECT EXISTS (SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock'
                AND datname = current_database())
            """

        enum Call: CaseIterable {
            case write
            case query
            case transaction
        }

        private func run(_ call: Call, _ sql: SQL, on database: Database) async throws {
            switch call {
            case .write: _ = try await database.write(sql, as: .nobody)
            case .query: _ = try await database.query(sql, as: .nobody)
            case .transaction:
                try await database.transaction(as: .nobody) { transaction in
                    _ = try await transaction.execute("INSERT INTO notes VALUES (7)")
                    _ = try await transaction.execute(sql)
                }
            }
        }

        @Test(
            "a cancelled call's statement is gone at once and others go on",
            arguments: Call.allCases
        )
        func stopsStatements(_ call: Call) async throws {
            try await withDatabase({ $0.maximumConnections = 2 }) { database in
                _ = try await database.write(
                    "CREATE TABLE notes (n integer)",
                    "INSERT INTO notes VALUES (1)",
                    as: .nobody
                )
                try await database.transaction(as: .nobody) { holder in
                    _ = try await holder.execute("UPDATE notes SET n = 2")
                    let blocked = Task {
                        try await self.run(call, "UPDATE notes SET n = 3", on: database)
                    }
                    try await database.wait(until: self.isLocked)
                    let start = ContinuousClock.now
                    blocked.cancel()
                    let error = await failure { try await blocked.value }
                    #expect(error is CancellationError)
                    #expect(start.duration(to: .now) < .seconds(20))
                    try await database.wait(
                        until: "SELECT NOT (\(fragment: self.isLocked))",
                        within: .seconds(20)
                    )
                    #expect(start.duration(to: .now) < .seconds(20))
                    // Others, on both kinds of connection, and the holder go on.
                    try await database.ping()
                    _ = try await database.write("INSERT INTO notes VALUES (5)", as: .nobody)
                    _ = try await holder.execute("UPDATE notes SET n = 4 WHERE n = 2")
                }
                let rows = try await database.read("SELECT n FROM notes ORDER BY n", as: .nobody)
                    .rows
                #expect(try rows.map { try $0.get(0, as: Int.self) } == [4, 5])
                let statistics = database.statistics
                #expect(statistics.connectionsLost == 0)
                #expect(statistics.idleConnections == statistics.exclusiveConnections)
                #expect(statistics.cancelRequests >= 1)
            }
        }

        @Test("a cancel request never meets the next statement of its connection")
        func neverHitsOthers() async throws {
            try await withDatabase({ $0.maximumConnections = 1 }) { database in
                // Statements that end at about the time at which they are cancelled.
                for round in 0..<60 {
                    let task = Task {
                        _ = try await database.query("SELECT pg_sleep(0.003)", as: .nobody)
                    }
                    let pause = ContinuousClock.now + .microseconds(round * 100)
                    while ContinuousClock.now < pause {
                        await Task.yield()
                    }
                    task.cancel()
                    async let next = database.query(
                        "SELECT \(round), pg_sleep(0.005)",
                        as: .nobody
                    )
                    let outcome = await failure { try await task.value }
                    #expect(outcome == nil || outcome is CancellationError)
                    let value = try await next.rows[0].get(0, as: Int.self)
                    #expect(value == round)
                }
                #expect(database.statistics.connectionsLost == 0)
            }
        }

        @Test("a cancelled call leaves the queue at once")
        func leavesTheQueue() async throws {
            try await withDatabase({ $0.maximumConnections = 1 }) { database in
                try await database.transaction(as: .nobody) { holder in
                    _ = try await holder.execute("SELECT 1")
                    let waiting = [
                        Task { _ = try await database.write("SELECT 1", as: .nobody) },
                        Task { try await database.transaction(as: .nobody) { _ in } },
                    ]
                    while database.statistics.waitingCalls < 2 {
                        await Task.yield()
                    }
                    waiting.forEach { $0.cancel() }
                    for task in waiting {
                        let error = await failure { try await task.value }
                        #expect(error is CancellationError)
                    }
                    #expect(database.statistics.waitingCalls == 0)
                }
                _ = try await database.write("SELECT 1", as: .nobody)
            }
        }

        @Test("a cancelled read is released at once, and the connection stays in order")
        func releasesReads() async throws {
            let test = try await TemporaryCluster.shared().makeDatabase()
            try await test.use({ $0.pipelinedConnections = 1 }) { database in
                try await database.ping()
                try await test.holdingLock {
                    let slow = Task { _ = try await database.read(TestDatabase.held, as: .nobody) }
                    while database.statistics.readsInFlight == 0 {
                        await Task.yield()
                    }
                    slow.cancel()
                    let error = await failure { try await slow.value }
                    #expect(error is CancellationError)
                }
                #expect(try await database.value("SELECT 42", Int.self) == 42)
            }
        }

        @Test("a call in a task that is already cancelled does nothing")
        func doesNothingWhenCancelled() async throws {
            try await withDatabase { database in
                try await database.ping()
                let task = Task {
                    withUnsafeCurrentTask { $0?.cancel() }
                    _ = try await database.write("CREATE TABLE late ()", as: .nobody)
                }
                let error = await failure { try await task.value }
                #expect(error is CancellationError)
                #expect(try await database.value("SELECT to_regclass('late') IS NULL", Bool.self))
            }
        }
    }
}
