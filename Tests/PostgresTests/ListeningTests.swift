import Postgres
import PostgresTestSupport
import Testing

extension PostgresTests {
    @Suite("Listening")
    struct ListeningTests {
        @Test("notifications arrive in order on every stream of their channel")
        func delivers() async throws {
            try await withDatabase { database in
                var first = database.listen(channel: "news").makeAsyncIterator()
                var second = database.listen(channel: "news").makeAsyncIterator()
                var other = database.listen(channel: "Odd \"name\"").makeAsyncIterator()
                #expect(await first.next() == .resumed)
                #expect(await second.next() == .resumed)
                #expect(await other.next() == .resumed)
                _ = try await database.write(
                    "NOTIFY news, 'one'",
                    "NOTIFY news, 'two'",
                    "NOTIFY \"Odd \"\"name\"\"\"",
                    as: .nobody
                )
                #expect(await first.next() == .received(payload: "one"))
                #expect(await first.next() == .received(payload: "two"))
                #expect(await second.next() == .received(payload: "one"))
                #expect(await other.next() == .received(payload: ""))
                // A stream that comes later begins at once.
                var third = database.listen(channel: "news").makeAsyncIterator()
                #expect(await third.next() == .resumed)
            }
        }

        @Test("a stream survives the loss of its connection and is told so")
        func survivesReconnects() async throws {
            try await withDatabase { database in
                var stream = database.listen(channel: "news").makeAsyncIterator()
                #expect(await stream.next() == .resumed)
                for round in 0..<3 {
                    _ = try await database.write(
                        """
                        SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                        WHERE pid IN (\(fragment: otherSessions) AND query LIKE 'LISTEN%')
                        """,
                        as: .nobody
                    )
                    #expect(await stream.next() == .resumed)
                    _ = try await database.write(
                        "SELECT pg_notify('news', \(String(round)))",
                        as: .nobody
                    )
                    #expect(await stream.next() == .received(payload: String(round)))
                }
            }
        }

        @Test("the server's restart is survived as well")
        func survivesRestarts() async throws {
            let cluster = try await TemporaryCluster()
            let test = try await cluster.makeDatabase()
            try await test.use { database in
                var stream = database.listen(channel: "news").makeAsyncIterator()
                #expect(await stream.next() == .resumed)
                await cluster.kill()
                try await cluster.start()
                #expect(await stream.next() == .resumed)
                while await failure({
                    _ = try await database.write("NOTIFY news, 'back'", as: .nobody)
                }) != nil {}
                #expect(await stream.next() == .received(payload: "back"))
            }
        }

        @Test("a consumer that falls behind is told to read anew")
        func tellsSlowConsumers() async throws {
            try await withDatabase { database in
                var slow = database.listen(channel: "news").makeAsyncIterator()
                var fence = database.listen(channel: "fence").makeAsyncIterator()
                #expect(await fence.next() == .resumed)
                #expect(await slow.next() == .resumed)
                _ = try await database.write(
                    "SELECT pg_notify('news', n::text) FROM generate_series(1, 600) AS n",
                    "NOTIFY fence",
                    as: .nobody
                )
                #expect(await fence.next() == .received(payload: ""))
                var last: Postgres.Notification?
                for _ in 0..<256 {
                    last = await slow.next()
                }
                #expect(last == .resumed)
            }
        }

        @Test("a stream that nobody reads any more frees its channel, and closing ends all streams")
        func ends() async throws {
            try await withDatabase { database in
                let reading = Task {
                    for await _ in database.listen(channel: "news") {}
                }
                let listens: SQL = """
                    SELECT count(*)
                    FROM (\(fragment: otherSessions) AND query LIKE 'LISTEN%') AS them
                    """
                try await database.wait(until: "SELECT (\(fragment: listens)) = 1")
                reading.cancel()
                await reading.value
                try await database.wait(until: "SELECT (\(fragment: listens)) = 0")
                let second = Task {
                    var count = 0
                    for await _ in database.listen(channel: "news") {
                        count += 1
                    }
                    return count
                }
                try await database.wait(until: "SELECT (\(fragment: listens)) = 1")
                await database.close()
                #expect(await second.value <= 1)
                #expect(await database.listen(channel: "news").first { _ in true } == nil)
            }
        }
    }
}
