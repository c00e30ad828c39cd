import Postgres
import PostgresTestSupport
import Testing

extension PostgresTests {
    @Suite("Transactions")
    struct TransactionTests {
        private struct Stop: Error {}

        private func withNotes(
            maximumConnections: Int = 8,
            _ body: (Database) async throws -> Void
        ) async throws {
            try await withDatabase({ $0.maximumConnections = maximumConnections }) { database in
                _ = try await database.write(
                    "CREATE TABLE notes (n integer PRIMARY KEY)",
                    as: .nobody
                )
                try await body(database)
            }
        }

        private func notes(_ database: Database) async throws -> [Int] {
            try await database.read("SELECT n FROM notes ORDER BY n", as: .nobody).rows
                .map { try $0.get(0) }
        }

        @Test("what a transaction did is kept when its body returns")
        func commits() async throws {
            try await withNotes { database in
                let count = try await database.transaction(as: .nobody) { transaction in
                    _ = try await transaction.execute("INSERT INTO notes VALUES (1)")
                    let results = try await transaction.batch([
                        "INSERT INTO notes VALUES (2)", "SELECT count(*) FROM notes",
                    ])
                    return try results[1].rows[0].get(0, as: Int.self)
                }
                #expect(count == 2)
                #expect(try await self.notes(database) == [1, 2])
                let nothing = try await database.transaction(as: .nobody) { _ in 7 }
                #expect(nothing == 7)
            }
        }

        @Test("what a transaction did is undone when its body throws")
        func rollsBack() async throws {
            try await withNotes(maximumConnections: 1) { database in
                for _ in 0..<3 {
                    let error = await failure {
                        try await database.transaction(as: .nobody) { transaction in
                            _ = try await transaction.execute("INSERT INTO notes VALUES (1)")
                            throw Stop()
                        }
                    }
                    #expect(error is Stop)
                }
                let notes = try await self.notes(database)
                #expect(notes.isEmpty)
                #expect(database.statistics.connectionsOpened <= 2)
            }
        }

        @Test("a failed statement fails the transaction even when the body hides it")
        func doesNotHideFailures() async throws {
            try await withNotes(maximumConnections: 1) { database in
                let code = await code {
                    try await database.transaction(as: .nobody) { transaction in
                        _ = try await transaction.execute("INSERT INTO notes VALUES (1)")
                        _ = try? await transaction.execute("SELECT 1 / 0")
                        _ = try? await transaction.execute("INSERT INTO notes VALUES (2)")
                    }
                }
                #expect(code == .dataException)
                let notes = try await self.notes(database)
                #expect(notes.isEmpty)
                _ = try await database.write("INSERT INTO notes VALUES (3)", as: .nobody)
            }
        }

        @Test("a body that ends the transaction itself is found out")
        func noticesForeignCommits() async throws {
            try await withNotes(maximumConnections: 1) { database in
                let error = await failure {
                    try await database.transaction(as: .nobody) { transaction in
                        _ = try await transaction.execute("INSERT INTO notes VALUES (1)")
                        _ = try await transaction.execute("ROLLBACK")
                    }
                }
                #expect(error != nil)
            }
        }

        @Test("a failing commit undoes the transaction and is reported")
        func reportsFailedCommits() async throws {
            try await withNotes { database in
                _ = try await database.write(
                    "CREATE TABLE once (n integer UNIQUE DEFERRABLE INITIALLY DEFERRED)",
                    as: .nobody
                )
                let error = await failure {
                    try await database.transaction(as: .nobody) { transaction in
                        _ = try await transaction.execute("INSERT INTO once VALUES (1), (1)")
                    }
                }
                #expect((error as? DatabaseError)?.code == .uniqueViolation)
                #expect((error as? DatabaseError)?.commitOutcomeUnknown == false)
            }
        }

        @Test(
            "serialization failures and deadlocks are retried as often as asked",
            arguments: [0, 20]
        )
        func retries(_ retrying: Int) async throws {
            try await withNotes { database in
                _ = try await database.write(
                    "INSERT INTO notes SELECT generate_series(1, 2)",
                    "CREATE TABLE sums (n integer)",
                    as: .nobody
                )
                // Both read everything before either writes: only one can be first.
                let codes = await withTaskGroup(of: DatabaseError.Code?.self) { group in
                    for _ in 0..<4 {
                        group.addTask {
                            await code {
                                try await database.transaction(
                                    as: .nobody,
                                    isolation: .serializable,
                                    retrying: retrying
                                ) { transaction in
                                    let sum = try await transaction.execute(
                                        "SELECT count(*) FROM sums"
                                    )
                                    .rows[0].get(0, as: Int.self)
                                    _ = try await transaction.execute("SELECT pg_sleep(0.05)")
                                    _ = try await transaction.execute(
                                        "INSERT INTO sums VALUES (\(sum))"
                                    )
                                }
                            }
                        }
                    }
                    return await group.reduce(into: []) { $0.append($1) }
                }
                let sums = try await database.read("SELECT n FROM sums ORDER BY n", as: .nobody)
                    .rows
                    .map { try $0.get(0, as: Int.self) }
                if retrying == 0 {
                    #expect(codes.contains(.serializationFailure))
                } else {
                    #expect(codes == [nil, nil, nil, nil])
                    #expect(sums == [0, 1, 2, 3])
                }
                #expect(sums == Array(0..<sums.count))
            }
        }

        @Test("a transaction cannot be used by two tasks at once, nor after its end")
        func isExclusive() async throws {
            try await withNotes { database in
                let escaped = try await database.transaction(as: .nobody) { transaction in
                    async let first = transaction.execute("SELECT pg_sleep(0.2)")
                    try await database.wait(
                        until:
                            "SELECT EXISTS (\(fragment: otherSessions) AND wait_event = 'PgSleep')"
                    )
                    let second = await code { _ = try await transaction.execute("SELECT 1") }
                    #expect(second == .other)
                    _ = try await first
                    return transaction
                }
                #expect(await code { _ = try await escaped.execute("SELECT 1") } == .other)
            }
        }

        @Test("a cancelled body's transaction is undone")
        func undoesWhenCancelled() async throws {
            try await withNotes(maximumConnections: 1) { database in
                let task = Task {
                    try await database.transaction(as: .nobody) { transaction in
                        _ = try await transaction.execute("INSERT INTO notes VALUES (1)")
                        withUnsafeCurrentTask { $0?.cancel() }
                    }
                }
                let error = await failure { try await task.value }
                #expect(error is CancellationError)
                let notes = try await self.notes(database)
                #expect(notes.isEmpty)
                #expect(database.statistics.connectionsLost == 0)
            }
        }
    }
}
