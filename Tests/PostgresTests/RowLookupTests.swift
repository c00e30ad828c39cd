import FoundationEssentials
import PostgresTestSupport
import Testing

@testable import Postgres

extension PostgresTests {
    @Suite("Rows by key")
    struct RowLookupTests {
        private let ada = UUID()
        private let bob = UUID()

        @Test("every caller gets the row of its own key, and none where there is none")
        func givesEachItsOwn() async throws {
            try await withNotes { _, database in
                let lookup = Note.lookup(database)
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for number in 0..<500 {
                        group.addTask {
                            let key = number % 110
                            let note = try await lookup.note(key, as: self.ada)
                            #expect(note?.key == (key < 100 ? key : nil))
                        }
                    }
                    try await group.waitForAll()
                }
            }
        }

        @Test("a statement runs on behalf of the one who asks, whoever asks at the same time")
        func keepsPeopleApart() async throws {
            try await withNotes { _, database in
                let lookup = Note.lookup(database)
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for number in 0..<200 {
                        let person = number.isMultiple(of: 2) ? self.ada : self.bob
                        group.addTask {
                            let note = try await lookup.note(number % 100, as: person)
                            #expect(note?.reader == person)
                        }
                    }
                    try await group.waitForAll()
                }
            }
        }

        @Test("those that come while others are on their way leave together")
        func sharesStatements() async throws {
            try await withNotes { test, database in
                let lookup = Note.lookup(database, waiting: true)
                let (first, others) = try await test.holdingLock {
                    let first = try await self.sendTwo(lookup)
                    let others = (2..<100).map { key in
                        Task { try await lookup.note(key, as: self.ada) }
                    }
                    try await lookup.wait(untilSent: 2, waiting: 98, of: self.ada)
                    return (first, others)
                }
                var statements: [Int: String] = [:]
                for task in first + others {
                    let note = try #require(try await task.value)
                    statements[note.key] = note.statement
                }
                #expect(statements.count == 100)
                #expect(Set(statements.values).count == 4)
            }
        }

        @Test("a cancelled caller is released at once, and the others get their rows")
        func releasesTheCancelled() async throws {
            try await withNotes { test, database in
                let lookup = Note.lookup(database, waiting: true)
                let others = try await test.holdingLock {
                    let sent = try await self.sendTwo(lookup)
                    let waiting = Task { try await lookup.note(3, as: self.ada) }
                    try await lookup.wait(untilSent: 2, waiting: 1, of: self.ada)
                    for task in [sent[0], waiting] {
                        task.cancel()
                        let error = await failure { _ = try await task.value }
                        #expect(error is CancellationError)
                    }
                    let last = Task { try await lookup.note(4, as: self.ada) }
                    try await lookup.wait(untilSent: 2, waiting: 2, of: self.ada)
                    return [sent[1], last]
                }
                #expect(try await others[0].value?.key == 1)
                #expect(try await others[1].value?.key == 4)
                #expect(try await lookup.note(5, as: self.ada)?.key == 5)
                #expect(lookup.counts(of: self.ada).sent == 0)
            }
        }

        @Test("a failure is told to all who shared the statement, and nobody after them")
        func tellsFailures() async throws {
            try await withNotes { _, database in
                let lookup = RowLookup(database, keyColumn: "id") { ids, _ in
                    """
                    SELECT id, key, 'x' AS reader, 'x' AS statement FROM notes
                    WHERE id = ANY (\(ids)) AND 1 / key >= 0
                    """
                }
                #expect(
                    await code { _ = try await lookup.note(0, as: self.ada) } == .dataException)
                await #expect(throws: DatabaseError.self) {
                    // The row is there, and cannot be read as a note.
                    try await lookup.note(1, as: self.ada)
                }
                let missing = try await lookup.note(1_000, as: self.ada)
                #expect(missing == nil)
            }
        }

        @Test("more than may wait are refused with a retry hint")
        func boundsTheLine() async throws {
            try await withNotes({ $0.maximumWaitingCalls = 3 }) { test, database in
                let lookup = Note.lookup(database, waiting: true)
                let (first, others) = try await test.holdingLock {
                    let first = try await self.sendTwo(lookup)
                    let others = (2..<8).map { key in
                        Task { try await lookup.note(key, as: self.ada) }
                    }
                    try await lookup.wait(untilSent: 2, waiting: 3, of: self.ada)
                    return (first, others)
                }
                var errors: [DatabaseError] = []
                for task in first + others {
                    let error = await failure { _ = try await task.value }
                    if let error { errors.append(try #require(error as? DatabaseError)) }
                }
                #expect(errors.map(\.code) == [.queueFull, .queueFull, .queueFull])
                #expect(errors.allSatisfy { $0.retryAfter != nil })
            }
        }

        /// Sends statements for the notes 0 and 1, one after the other, as many as leave at once.
        private func sendTwo(_ lookup: RowLookup) async throws -> [Task<Note?, any Error>] {
            var tasks: [Task<Note?, any Error>] = []
            for key in 0..<2 {
                tasks.append(Task { try await lookup.note(key, as: self.ada) })
                try await lookup.wait(untilSent: key + 1, waiting: 0, of: self.ada)
            }
            return tasks
        }

        @Test("what is too late is not sent")
        func refusesLate() async throws {
            try await withNotes { _, database in
                let lookup = Note.lookup(database)
                let error = await failure {
                    _ = try await lookup.note(1, as: self.ada, deadline: .now - .milliseconds(1))
                }
                #expect((error as? DatabaseError)?.code == .statementTimeout)
                let note = try await lookup.note(1, as: self.ada)
                #expect(note?.key == 1)
            }
        }
    }
}

/// A row of the table `notes`.
private struct Note: RowDecodable, Sendable {
    let key: Int
    /// On whose behalf it was read.
    let reader: UUID
    /// Differs from statement to statement.
    let statement: String

    init(row: Row) throws {
        self.key = try row.get("key")
        self.reader = try row.get("reader")
        self.statement = try row.get("statement")
    }

    /// Reads notes, and, `waiting`, not before a lock is free.
    static func lookup(_ database: Database, waiting: Bool = false) -> RowLookup {
        let condition: SQL = waiting ? "WHERE (\(fragment: TestDatabase.held)) IS NOT NULL" : ""
        return RowLookup(database, keyColumn: "id") { ids, _ in
            """
            WITH held AS MATERIALIZED (SELECT 1 \(fragment: condition))
            SELECT id, key, nullif(current_setting('steward.user_id', true), '')::uuid AS reader,
                concat(pg_backend_pid(), ' ', statement_timestamp()) AS statement
            FROM held, notes WHERE id = ANY (\(ids))
            """
        }
    }
}

/// A client of a database with the notes 0 to 99 for as long as `body` runs.
private func withNotes(
    _ configure: (inout DatabaseConfiguration) -> Void = { _ in },
    _ body: (TestDatabase, Database) async throws -> Void
) async throws {
    let test = try await TemporaryCluster.shared().makeDatabase()
    try await test.use(configure) { database in
        _ = try await database.write(
            "CREATE TABLE notes (id uuid PRIMARY KEY, key bigint)",
            """
            INSERT INTO notes
            SELECT lpad(n::text, 32, '0')::uuid, n FROM generate_series(0, 99) AS n
            """,
            as: .nobody
        )
        try await body(test, database)
    }
}

extension RowLookup {
    /// The note with a number.
    fileprivate func note(
        _ number: Int,
        as person: UUID,
        deadline: ContinuousClock.Instant? = nil
    ) async throws -> Note? {
        let digits = String(number)
        let text = "00000000-0000-0000-0000-" + String(repeating: "0", count: 12 - digits.count)
        let id = try #require(UUID(uuidString: text + digits))
        return try await self.row(for: id, as: person, deadline: deadline).map(Note.init(row:))
    }

    /// Waits until so many statements are on their way, and so many callers wait for the next.
    fileprivate func wait(untilSent sent: Int, waiting: Int, of person: UUID) async throws {
        let end = ContinuousClock.now + .seconds(10)
        while self.counts(of: person) != (sent, waiting) {
            guard ContinuousClock.now < end else {
                throw TemporaryCluster.Failure("\(self.counts(of: person)) statements and callers")
            }
            await Task.yield()
        }
    }
}
