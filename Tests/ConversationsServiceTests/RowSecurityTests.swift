import ConversationsAPI
import Foundation
import Postgres
import RPC
import ServiceKit
import Testing

@testable import ConversationsService

/// What one person can do to another's rows, tried in SQL as the service's own role.
@Suite struct RowSecurityTests {
    /// Every table of the schema that holds people's data.
    private static let tables = [
        "conversations", "title_counters", "conversation_events", "messages", "request_keys",
        "postings", "import_messages", "kept_answers",
    ]

    private struct Attempt: CustomTestStringConvertible {
        let table: String
        let command: String
        let identity: DatabaseIdentity
        var testDescription: String { "\(command) \(table) as \(identity)" }
    }

    private static let attempts: [Attempt] = Self.tables.flatMap { table in
        ["SELECT", "UPDATE", "DELETE"].flatMap { command in
            [
                DatabaseIdentity.person(UUID()), .nobody, .purpose("purge"), .purpose("other"),
            ].map { Attempt(table: table, command: command, identity: $0) }
        }
    }

    /// Somebody with at least one row in each table.
    private func victim() async throws -> Person {
        let person = try await newPerson()
        let id = try await person.begin().id
        try await person.say("secret words", in: id, key: "k")
        _ = try await person.call(CreateConversation(idempotencyKey: "k"))
        try await ImportStore(database: try await TestInstance.shared().database).stage(
            [
                .object([
                    "ordinal": .integer(1), "source_id": .string("a"),
                    "written_at": .string("2026-01-01T00:00:00Z"), "draft": .object([:]),
                ])
            ],
            of: UUID(),
            as: person.id,
            deadline: nil
        )
        return person
    }

    @Test(arguments: attempts)
    private func `nobody reads, changes or removes another person's rows`(
        attempt: Attempt
    )
        async throws
    {
        let victim = try await self.victim()
        let database = try await TestInstance.shared().database
        // Each row's person, under whatever name the table knows it.
        let column = Self.column(attempt.table)
        let table: SQL = "conversations.\(identifier: attempt.table)"
        let condition: SQL = "WHERE \(fragment: column) = \(victim.id)"
        let statement: SQL =
            switch attempt.command {
            case "SELECT": "SELECT 1 FROM \(fragment: table) \(fragment: condition)"
            case "DELETE": "DELETE FROM \(fragment: table) \(fragment: condition) RETURNING 1"
            default:
                """
                UPDATE \(fragment: table) SET \(fragment: Self.changeable(attempt.table)) \
                \(fragment: condition) RETURNING 1
                """
            }
        let before = try await self.rowCount(attempt.table, column, victim.id)
        #expect(before > 0)
        do {
            let result = try await database.query(statement, as: attempt.identity)
            // Postings alone are open to purge as a whole: they name no conversation.
            if attempt.table == "postings", attempt.identity == .purpose("purge") { return }
            #expect(result.rows.isEmpty)
        } catch let error as DatabaseError {
            #expect(error.code == .insufficientPrivilege)
        }
        #expect(try await self.rowCount(attempt.table, column, victim.id) == before)
    }

    @Test(arguments: tables)
    func `nobody stores rows in another person's name`(table: String) async throws {
        let victim = try await self.victim()
        let column = Self.column(table)
        let database = try await TestSchema.shared().admin
        let row = try #require(
            try await database.read(
                """
                SELECT to_jsonb(t) AS row FROM conversations.\(identifier: table) AS t
                WHERE \(fragment: column) = \(victim.id) LIMIT 1
                """,
                as: .nobody
            ).rows.first?.get("row", as: JSONText.self)
        )
        let service = try await TestInstance.shared().database
        for identity in [DatabaseIdentity.person(UUID()), .nobody, .purpose("purge")] {
            await #expect(throws: DatabaseError.self) {
                _ = try await service.write(
                    """
                    INSERT INTO conversations.\(identifier: table)
                    SELECT * FROM jsonb_populate_record(
                        NULL::conversations.\(identifier: table), \(row))
                    """,
                    as: identity
                )
            }
        }
    }

    @Test func `purge sees deleted conversations only`() async throws {
        let person = try await self.victim()
        let database = try await TestInstance.shared().database
        let rows = try await database.read(
            "SELECT 1 FROM conversations.conversations WHERE owner_id = \(person.id)",
            as: .purpose("purge")
        )
        #expect(rows.rows.isEmpty)
    }

    @Test func `messages cannot be changed, not even one's own`() async throws {
        let person = try await self.victim()
        let database = try await TestInstance.shared().database
        await #expect(throws: DatabaseError.self) {
            _ = try await database.write(
                "UPDATE conversations.messages SET text = 'other'",
                as: .person(person.id)
            )
        }
    }

    @Test(arguments: [
        "ALTER TABLE conversations.messages DISABLE ROW LEVEL SECURITY",
        "ALTER TABLE conversations.messages NO FORCE ROW LEVEL SECURITY",
        "DROP POLICY own_select ON conversations.messages",
        "CREATE TABLE conversations.mine ()", "CREATE TABLE public.mine ()",
        "CREATE TEMPORARY TABLE mine ()", "SET ROLE steward_conversations_owner",
        "TRUNCATE conversations.messages", "DROP TABLE conversations.postings",
        "COPY conversations.messages TO PROGRAM 'true'",
    ])
    func `the service's role can neither weaken nor leave what it is given`(
        statement: String
    )
        async throws
    {
        let database = try await TestInstance.shared().database
        await #expect(throws: DatabaseError.self) {
            _ = try await database.write(SQL(stringLiteral: statement), as: .purpose("purge"))
        }
    }

    @Test func `the service's role passes the check at start`() async throws {
        let database = try await TestInstance.shared().database
        try await RoleCheck.verify(database, schema: "conversations")
        try await ConversationsService.definition.migrator.check(database)
    }

    /// What a table calls the person whose row it is.
    private static func column(_ table: String) -> SQL {
        switch table {
        case "request_keys": "author_id"
        case "kept_answers": "caller"
        default: "owner_id"
        }
    }

    /// A change that the role has the right to make, where it has any.
    private static func changeable(_ table: String) -> SQL {
        switch table {
        case "conversations": "title = 'stolen'"
        case "title_counters": "last_number = 0"
        case "conversation_events": "kind = 'created'"
        case "messages": "text = 'stolen'"
        case "request_keys": "key = 'stolen'"
        case "postings": "frequency = 1"
        case "kept_answers": "answer = NULL"
        default: "sequence = 1"
        }
    }

    private func rowCount(_ table: String, _ column: SQL, _ owner: UUID) async throws -> Int64 {
        let database = try await TestSchema.shared().admin
        return try await database.read(
            """
            SELECT count(*) AS count FROM conversations.\(identifier: table)
            WHERE \(fragment: column) = \(owner)
            """,
            as: .nobody
        ).rows.first?.get("count") ?? -1
    }
}
