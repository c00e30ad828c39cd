import Logging
import Postgres
import PostgresTestSupport
import Testing

extension PostgresTests {
    @Suite("Bounds of the pool")
    struct PoolTests {
        @Test(
            "more calls than may wait are refused with a retry hint, for both kinds of connection"
        )
        func boundsQueues() async throws {
            try await withDatabase({
                $0.maximumConnections = 1
                $0.pipelinedConnections = 1
                $0.maximumPipelineDepth = 2
                $0.maximumWaitingCalls = 3
            }) { database in
                try await database.ping()
                try await database.transaction(as: .nobody) { holder in
                    _ = try await holder.execute("SELECT 1")
                    let codes = await withTaskGroup(of: DatabaseError.Code?.self) { group in
                        for _ in 0..<5 {
                            group.addTask {
                                await code {
                                    _ = try await database.write(
                                        "SELECT 1",
                                        as: .nobody,
                                        deadline: .now + .milliseconds(400)
                                    )
                                }
                            }
                            group.addTask {
                                await code {
                                    _ = try await database.read("SELECT pg_sleep(0.3)", as: .nobody)
                                }
                            }
                        }
                        for _ in 0..<3 {
                            group.addTask {
                                await code {
                                    _ = try await database.read("SELECT pg_sleep(0.3)", as: .nobody)
                                }
                            }
                        }
                        return await group.reduce(into: [DatabaseError.Code?: Int]()) {
                            $0[$1, default: 0] += 1
                        }
                    }
                    // One connection is held: 3 writes wait until their deadline and 2 are refused;
                    // of 8 reads 2 are sent, 3 wait and 3 are refused.
                    #expect(codes == [.statementTimeout: 3, .queueFull: 5, nil: 5])
                    #expect(database.statistics.refusedCalls == 5)
                }
            }
        }

        @Test("a call waits for a connection no longer than allowed")
        func boundsWaiting() async throws {
            try await withDatabase({
                $0.maximumConnections = 1
                $0.acquireTimeout = .milliseconds(200)
            }) { database in
                try await database.transaction(as: .nobody) { holder in
                    _ = try await holder.execute("SELECT 1")
                    let start = ContinuousClock.now
                    let error =
                        await failure { _ = try await database.write("SELECT 1", as: .nobody) }
                        as? DatabaseError
                    #expect(error?.code == .unavailable)
                    #expect(error?.retryAfter != nil)
                    #expect(start.duration(to: .now) >= .milliseconds(190))
                    #expect(start.duration(to: .now) < .seconds(1))
                }
            }
        }

        @Test("writes spread over no more connections than allowed")
        func boundsConnections() async throws {
            try await withDatabase({ $0.maximumConnections = 4 }) { database in
                _ = try await database.write("CREATE TABLE notes (n integer)", as: .nobody)
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for number in 0..<300 {
                        group.addTask {
                            _ = try await database.write(
                                "INSERT INTO notes VALUES (\(number))",
                                as: .nobody
                            )
                        }
                    }
                    try await group.waitForAll()
                }
                #expect(try await database.value("SELECT count(*) FROM notes", Int.self) == 300)
                let statistics = database.statistics
                #expect(statistics.exclusiveConnections == 4)
                #expect(statistics.idleConnections == 4)
            }
        }

        @Test("connections that nobody uses are closed, but for one of each kind")
        func closesIdleConnections() async throws {
            try await withDatabase({ $0.idleTimeout = .milliseconds(300) }) { database in
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for _ in 0..<20 {
                        group.addTask {
                            _ = try await database.write("SELECT pg_sleep(0.05)", as: .nobody)
                            _ = try await database.read("SELECT pg_sleep(0.05)", as: .nobody)
                        }
                    }
                    try await group.waitForAll()
                }
                #expect(database.statistics.exclusiveConnections == 8)
                let end = ContinuousClock.now + .seconds(5)
                while database.statistics.exclusiveConnections
                    + database.statistics.pipelinedConnections > 2
                {
                    try #require(ContinuousClock.now < end)
                    await Task.yield()
                }
                #expect(database.statistics.exclusiveConnections == 1)
                #expect(database.statistics.connectionsLost == 0)
                _ = try await database.write("SELECT 1", as: .nobody)
            }
        }

        @Test(
            "a call is sent even when its connection is being looked at just then",
            .timeLimit(.minutes(1))
        )
        func losesNoCalls() async throws {
            try await withDatabase({
                $0.maximumConnections = 1
                $0.pipelinedConnections = 1
            }) { database in
                try await database.transaction(as: .nobody) { holder in
                    _ = try await holder.execute("SELECT 1")
                    // Deadlines that pass all the time keep the driver looking at connections.
                    let ticking = Task {
                        while !Task.isCancelled {
                            let soon = ContinuousClock.now + .microseconds(200)
                            _ = await failure {
                                _ = try await database.write(
                                    "SELECT 1",
                                    as: .nobody,
                                    deadline: soon
                                )
                            }
                        }
                    }
                    for number in 0..<5000 {
                        let deadline = ContinuousClock.now + .seconds(5)
                        let result = try await database.read(
                            "SELECT \(number)",
                            as: .nobody,
                            deadline: deadline
                        )
                        #expect(try result.rows[0].get(0, as: Int.self) == number)
                    }
                    ticking.cancel()
                    await ticking.value
                }
            }
        }

        @Test("closing lets calls on their way finish and refuses new ones")
        func closesGracefully() async throws {
            let test = try await TemporaryCluster.shared().makeDatabase()
            try await test.use { database in
                let running = Task { try await database.run() }
                let (write, read) = try await test.holdingLock {
                    let write = Task {
                        try await database.write(
                            TestDatabase.held,
                            "SELECT 7 AS n",
                            as: .nobody
                        )
                    }
                    let read = Task { try await database.read(TestDatabase.held, as: .nobody) }
                    while database.statistics.readsInFlight == 0
                        || database.statistics.idleConnections
                            == database.statistics.exclusiveConnections
                    {
                        await Task.yield()
                    }
                    running.cancel()
                    while await code({
                        try await database.ping(deadline: .now + .milliseconds(50))
                    }) != .unavailable {}
                    return (write, read)
                }
                #expect(try await write.value[1].rows[0].get("n", as: Int.self) == 7)
                #expect(try await read.value.rows.count == 1)
                try await running.value
                #expect(database.statistics.exclusiveConnections == 0)
                #expect(database.statistics.pipelinedConnections == 0)
                try await database.run()
            }
        }

        @Test("closing does not wait for a call longer than allowed")
        func closesInTime() async throws {
            try await withDatabase({ $0.drainTimeout = .milliseconds(200) }) { database in
                try await database.ping()
                let write = Task {
                    _ = try await database.write("SELECT pg_sleep(20)", as: .nobody)
                }
                while database.statistics.idleConnections
                    == database.statistics.exclusiveConnections
                {
                    await Task.yield()
                }
                let start = ContinuousClock.now
                await database.close()
                #expect(start.duration(to: .now) < .seconds(2))
                #expect(await failure { try await write.value } != nil)
            }
        }

        @Test("a database that is let go of closes its connections")
        func closesWhenReleased() async throws {
            let test = try await TemporaryCluster.shared().makeDatabase()
            try await test.use(as: test.superuserConnectionString) { observer in
                func connect() async throws {
                    let database = Database(
                        configuration: .init(
                            connectionString: test.ownerConnectionString,
                            applicationName: "let-go"
                        ),
                        logger: .init(label: "tests")
                    )
                    try await database.ping()
                    _ = try await database.write("SELECT 1", as: .nobody)
                }
                let isThere: SQL =
                    "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE application_name = 'let-go')"
                try await connect()
                try await observer.wait(until: "SELECT NOT (\(fragment: isThere))")
            }
        }
    }
}
