import FoundationEssentials
import Postgres
import PostgresTestSupport
import Testing

private let policy: StaticString = "nullif(current_setting('steward.user_id', true), '')::uuid"

extension PostgresTests {
    @Suite("Reads and writes")
    struct DatabaseTests {
        @Test("statements of a write run in order, together, and answer in order")
        func writesInOrder() async throws {
            try await withDatabase { database in
                let results = try await database.write(
                    "CREATE TABLE notes (n integer)",
                    "INSERT INTO notes VALUES (1), (2)",
                    "UPDATE notes SET n = n + \(10) RETURNING n",
                    "SELECT count(*) FROM notes",
                    as: .nobody
                )
                #expect(results.map(\.affectedRowCount) == [0, 2, 2, 1])
                #expect(
                    try results[2].rows.map { try $0.get("n", as: Int.self) }.sorted() == [11, 12]
                )
                #expect(try await database.write([], as: .nobody).isEmpty)
            }
        }

        @Test("an error in one statement undoes the whole write", arguments: [0, 1, 2])
        func undoesWrites(_ place: Int) async throws {
            try await withDatabase { database in
                _ = try await database.write("CREATE TABLE notes (n integer)", as: .nobody)
                var statements: [SQL] = [
                    "INSERT INTO notes VALUES (1)", "INSERT INTO notes VALUES (2)",
                ]
                statements.insert("SELECT 1 / \(0)", at: place)
                #expect(
                    await code { _ = try await database.write(statements, as: .nobody) }
                        == .dataException
                )
                #expect(try await database.value("SELECT count(*) FROM notes", Int.self) == 0)
                // The same connection and statements go on to work.
                statements.remove(at: place)
                _ = try await database.write(statements, as: .nobody)
                #expect(try await database.value("SELECT count(*) FROM notes", Int.self) == 2)
            }
        }

        @Test("a result is given out only when the transaction has been confirmed")
        func waitsForTheSync() async throws {
            try await withDatabase { database in
                _ = try await database.write(
                    """
                    CREATE TABLE notes (n integer UNIQUE DEFERRABLE INITIALLY DEFERRED)
                    """,
                    as: .nobody
                )
                for _ in 0..<3 {
                    // Both inserts succeed; only the end of the transaction fails.
                    let error = await failure {
                        _ = try await database.write(
                            "INSERT INTO notes VALUES (1)",
                            "INSERT INTO notes VALUES (1)",
                            as: .nobody
                        )
                    }
                    #expect((error as? DatabaseError)?.code == .uniqueViolation)
                    #expect((error as? DatabaseError)?.commitOutcomeUnknown == false)
                }
                // The same on a shared connection, with other calls behind it.
                await withTaskGroup(of: Bool.self) { group in
                    for number in 0..<50 {
                        group.addTask {
                            if number.isMultiple(of: 5) {
                                return await code {
                                    _ = try await database.read(
                                        "INSERT INTO notes VALUES (1), (1)",
                                        as: .nobody
                                    )
                                } == .uniqueViolation
                            }
                            return (try? await database.value("SELECT \(number)", Int.self))
                                == number
                        }
                    }
                    for await isRight in group {
                        #expect(isRight)
                    }
                }
                #expect(try await database.value("SELECT count(*) FROM notes", Int.self) == 0)
                #expect(database.statistics.connectionsLost == 0)
            }
        }

        @Test("row policies see the caller's identity, and nobody sees it afterwards")
        func identityDoesNotLeak() async throws {
            let test = try await TemporaryCluster.shared().makeDatabase()
            try await test.run(
                """
                CREATE SCHEMA s; GRANT USAGE ON SCHEMA s TO \(test.runtime);
                CREATE TABLE s.notes (owner uuid, text text);
                ALTER TABLE s.notes ENABLE ROW LEVEL SECURITY;
                ALTER TABLE s.notes FORCE ROW LEVEL SECURITY;
                CREATE POLICY own ON s.notes USING (owner = \(policy));
                CREATE POLICY erasure ON s.notes FOR DELETE
                    USING (current_setting('steward.purpose', true) = 'erasure');
                CREATE POLICY visible ON s.notes FOR SELECT
                    USING (current_setting('steward.purpose', true) = 'erasure');
                GRANT SELECT, INSERT, DELETE ON s.notes TO \(test.runtime);
                """
            )
            try await test.use(
                as: test.runtimeConnectionString,
                {
                    $0.pipelinedConnections = 1
                    $0.maximumConnections = 1
                }
            ) { database in
                let people = (0..<8).map { _ in UUID() }
                for person in people {
                    _ = try await database.write(
                        "INSERT INTO s.notes VALUES (\(person), \("of \(person)"))",
                        as: .person(person)
                    )
                }
                // Many people at once over one connection: each sees what is theirs.
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for number in 0..<400 {
                        let person = people[number % people.count]
                        group.addTask {
                            let result = try await database.read(
                                "SELECT owner FROM s.notes",
                                as: .person(person)
                            )
                            #expect(
                                try result.rows.map { try $0.get(0, as: UUID.self) } == [person]
                            )
                            let nobody = try await database.read(
                                "SELECT owner FROM s.notes",
                                as: .nobody
                            )
                            #expect(nobody.rows.isEmpty)
                        }
                    }
                    try await group.waitForAll()
                }
                let settings: SQL = """
                    SELECT concat(current_setting('steward.user_id', true),
                        current_setting('steward.purpose', true)) = ''
                    """
                #expect(try await database.value(settings, Bool.self))
                _ = try await database.query("SELECT 1", as: .person(people[0]))
                let query = try await database.query(settings, as: .nobody)
                #expect(try query.rows[0].get(0, as: Bool.self))
                try await database.transaction(as: .person(people[0])) { transaction in
                    let rows = try await transaction.execute("SELECT FROM s.notes").rows
                    #expect(rows.count == 1)
                }
                try await database.transaction(as: .nobody) { transaction in
                    let areEmpty = try await transaction.execute(settings).rows[0].get(
                        0,
                        as: Bool.self
                    )
                    let rows = try await transaction.execute("SELECT FROM s.notes").rows
                    #expect(areEmpty && rows.isEmpty)
                }
                // After a failure as well.
                _ = await failure {
                    _ = try await database.query("SELECT 1 / 0", as: .person(people[0]))
                }
                #expect(try await database.query("SELECT FROM s.notes", as: .nobody).rows.isEmpty)
                let erased = try await database.write(
                    "DELETE FROM s.notes",
                    as: .purpose("erasure")
                )
                #expect(erased[0].affectedRowCount == people.count)
            }
        }

        @Test(
            "10,000 reads from 64 tasks share two connections and each gets its own answer"
        )
        func pipelines() async throws {
            try await withDatabase { database in
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for task in 0..<64 {
                        group.addTask {
                            for number in 0..<157 {
                                let value = task * 1000 + number
                                let sum: Int = try await database.value("SELECT \(value) + 1")
                                #expect(sum == value + 1)
                            }
                        }
                    }
                    try await group.waitForAll()
                }
                let statistics = database.statistics
                #expect(statistics.connectionsOpened <= 2)
                #expect(statistics.readsInFlight == 0)
                #expect(statistics.waitingCalls == 0)
            }
        }

        @Test("failing reads do not disturb the reads around them")
        func isolatesFailures() async throws {
            try await withDatabase({ $0.pipelinedConnections = 1 }) { database in
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for number in 0..<600 {
                        group.addTask {
                            switch number % 3 {
                            case 0:
                                let value: Int = try await database.value("SELECT \(number)")
                                #expect(value == number)
                            case 1:
                                let failed = await code {
                                    _ = try await database.value("SELECT 1 / \(0)", Int.self)
                                }
                                #expect(failed == .dataException)
                            default:
                                // A statement that cannot be prepared, asked for by many at once.
                                let failed = await code {
                                    _ = try await database.read("SELECT missing", as: .nobody)
                                }
                                #expect(failed == .undefinedObject)
                            }
                        }
                    }
                    try await group.waitForAll()
                }
                #expect(database.statistics.connectionsLost == 0)
            }
        }

        @Test("reads of one person that wait together share a transaction, those of two do not")
        func sharesTransactions() async throws {
            try await withDatabase({ $0.pipelinedConnections = 1 }) { database in
                let people = [UUID(), UUID()]
                let starts = try await withThrowingTaskGroup(of: (UUID, String).self) { group in
                    for number in 0..<400 {
                        let person = people[number % 2]
                        group.addTask {
                            let rows = try await database.read(
                                """
                                SELECT current_setting('steward.user_id')::uuid,
                                    extract(epoch FROM now())::text
                                """,
                                as: .person(person)
                            ).rows
                            #expect(try rows[0].get(0, as: UUID.self) == person)
                            return (person, try rows[0].get(1, as: String.self))
                        }
                    }
                    return try await group.reduce(into: [UUID: Set<String>]()) {
                        $0[$1.0, default: []].insert($1.1)
                    }
                }
                let (one, other) = (starts[people[0]] ?? [], starts[people[1]] ?? [])
                #expect(one.count + other.count < 400)
                #expect(one.isDisjoint(with: other))
            }
        }

        @Test(
            "more statements than a connection keeps still work, and the rest is deallocated"
        )
        func evictsStatements() async throws {
            try await withDatabase({ $0.pipelinedConnections = 1 }) { database in
                for number in 0..<600 {
                    var sql: SQL = "SELECT \(number) AS n"
                    for _ in 0..<(number % 300) {
                        sql += ", 1"
                    }
                    #expect(try await database.value(sql, Int.self) == number)
                }
                let count: Int = try await database.value(
                    "SELECT count(*) FROM pg_prepared_statements"
                )
                #expect(count <= 256)
                #expect(count > 200)
            }
        }

        @Test("a statement whose result type changed is prepared anew")
        func preparesStaleStatementsAnew() async throws {
            try await withDatabase { database in
                _ = try await database.write(
                    "CREATE TABLE notes (n integer)",
                    "INSERT INTO notes VALUES (1)",
                    as: .nobody
                )
                for type in ["int8", "int2", "int4"] {
                    #expect(try await database.value("SELECT * FROM notes", Int.self) == 1)
                    _ = try await database.write("UPDATE notes SET n = 1 RETURNING *", as: .nobody)
                    _ = try await database.write(
                        "ALTER TABLE notes ALTER n TYPE \(identifier: type)",
                        as: .nobody
                    )
                    #expect(try await database.value("SELECT * FROM notes", Int.self) == 1)
                    #expect(
                        try await database.write("UPDATE notes SET n = 1 RETURNING *", as: .nobody)[
                            0
                        ].rows.count == 1
                    )
                }
                _ = try await database.read("DEALLOCATE ALL", as: .nobody)
                #expect(try await database.value("SELECT * FROM notes", Int.self) == 1)
            }
        }

        @Test("a deadline that has passed fails before anything is sent")
        func refusesLateCalls() async throws {
            try await withDatabase { database in
                try await database.ping()
                let past = ContinuousClock.now - .milliseconds(1)
                #expect(await code { try await database.ping(deadline: past) } == .statementTimeout)
                #expect(
                    await code {
                        _ = try await database.write(
                            "CREATE TABLE late ()",
                            as: .nobody,
                            deadline: past
                        )
                    } == .statementTimeout
                )
                #expect(
                    await code {
                        try await database.transaction(as: .nobody, deadline: past) { _ in }
                    } == .statementTimeout
                )
                #expect(try await database.value("SELECT to_regclass('late') IS NULL", Bool.self))
            }
        }

        @Test("a deadline stops a statement on every kind of connection")
        func enforcesDeadlines() async throws {
            try await withDatabase { database in
                try await database.ping()
                func expectTimeout(_ call: (ContinuousClock.Instant) async throws -> Void) async {
                    let start = ContinuousClock.now
                    #expect(
                        await code { try await call(start + .milliseconds(150)) }
                            == .statementTimeout
                    )
                    let elapsed = start.duration(to: .now)
                    #expect(elapsed >= .milliseconds(140))
                    #expect(elapsed < .milliseconds(1500))
                }
                await expectTimeout {
                    _ = try await database.read("SELECT pg_sleep(5)", as: .nobody, deadline: $0)
                }
                await expectTimeout {
                    _ = try await database.query("SELECT pg_sleep(5)", as: .nobody, deadline: $0)
                }
                await expectTimeout {
                    _ = try await database.write("SELECT pg_sleep(5)", as: .nobody, deadline: $0)
                }
                await expectTimeout {
                    // No single statement exceeds the deadline; together they do.
                    _ = try await database.write(
                        [SQL](repeating: "SELECT pg_sleep(0.1)", count: 20),
                        as: .nobody,
                        deadline: $0
                    )
                }
                await expectTimeout {
                    try await database.transaction(as: .nobody, deadline: $0) {
                        _ = try await $0.execute("SELECT pg_sleep(5)")
                    }
                }
                try await database.wait(
                    until:
                        "SELECT NOT EXISTS (\(fragment: otherSessions) AND wait_event = 'PgSleep')",
                    within: .seconds(3)
                )
                #expect(database.statistics.connectionsLost == 0)
            }
        }

        @Test("without a deadline the statement timeout holds")
        func enforcesStatementTimeout() async throws {
            try await withDatabase({ $0.statementTimeout = .milliseconds(100) }) { database in
                #expect(
                    await code { _ = try await database.query("SELECT pg_sleep(5)", as: .nobody) }
                        == .statementTimeout
                )
                #expect(
                    await code { _ = try await database.read("SELECT pg_sleep(5)", as: .nobody) }
                        == .statementTimeout
                )
                // An operator's request is no timeout.
                let canceled = await code {
                    _ = try await database.query(
                        "SELECT pg_cancel_backend(pg_backend_pid()), pg_sleep(0.05)",
                        as: .nobody
                    )
                }
                #expect(canceled == .queryCanceled)
            }
        }
    }
}
