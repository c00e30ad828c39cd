import ConversationsAPI
import Foundation
import Postgres
import RPC
import Testing

@testable import ConversationsService

/// What the catalog says of the schema.
@Suite struct SchemaTests {
    private func names(_ sql: SQL) async throws -> [String] {
        let database = try await TestSchema.shared().admin
        let rows = try await database.query(sql, as: .nobody).rows
        return try rows.map { try $0.get(0) }
    }

    @Test func `every table enables and forces row level security`() async throws {
        #expect(
            try await self.names(
                """
                SELECT relname::text FROM pg_class
                WHERE relnamespace = 'conversations'::regnamespace AND relkind IN ('r', 'p')
                    AND relname <> 'schema_migrations'
                    AND NOT (relrowsecurity AND relforcerowsecurity)
                """
            ).isEmpty
        )
    }

    @Test func `every foreign key has an index that begins with its first column`()
        async throws
    {
        #expect(
            try await self.names(
                """
                SELECT c.conname::text FROM pg_constraint AS c
                WHERE c.contype = 'f' AND c.connamespace = 'conversations'::regnamespace
                    AND NOT EXISTS (
                        SELECT FROM pg_index AS i
                        WHERE i.indrelid = c.conrelid AND i.indkey[0] = c.conkey[1])
                """
            ).isEmpty
        )
    }

    @Test func `every table, column and function has a comment`() async throws {
        #expect(
            try await self.names(
                """
                SELECT c.relname || coalesce('.' || a.attname, '') FROM pg_class AS c
                LEFT JOIN pg_attribute AS a
                    ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
                WHERE c.relnamespace = 'conversations'::regnamespace AND c.relkind = 'r'
                    AND c.relname <> 'schema_migrations'
                    AND (col_description(c.oid, a.attnum) IS NULL
                        OR obj_description(c.oid, 'pg_class') IS NULL)
                UNION ALL
                SELECT proname::text FROM pg_proc
                WHERE pronamespace = 'conversations'::regnamespace
                    AND obj_description(oid, 'pg_proc') IS NULL
                """
            ).isEmpty
        )
    }

    @Test func `nobody but the service may run its functions`() async throws {
        #expect(
            try await self.names(
                """
                SELECT p.proname::text FROM pg_proc AS p
                WHERE p.pronamespace = 'conversations'::regnamespace
                    AND (p.prosecdef OR EXISTS (
                        SELECT FROM aclexplode(p.proacl) AS a WHERE a.grantee = 0))
                """
            ).isEmpty
        )
    }

    /// Rows that the constraints must refuse: what is set, by table.
    private static let invalid: [(table: String, change: String)] = [
        ("conversations", #"{"title": ""}"#), ("conversations", #"{"kind": "fax"}"#),
        ("conversations", #"{"status": "lost"}"#), ("conversations", #"{"status": "ended"}"#),
        ("conversations", #"{"context_type": "moon"}"#),
        ("conversations", #"{"context_type": "dashboard"}"#),
        ("conversations", #"{"context_id": "00000000-0000-7000-8000-000000000000"}"#),
        ("conversations", #"{"temperature": 2.1}"#),
        ("conversations", #"{"context_window_size": 0}"#),
        ("conversations", #"{"settings": []}"#), ("conversations", #"{"metadata": 1}"#),
        ("conversations", #"{"version": 0}"#), ("conversations", #"{"message_count": -1}"#),
        ("conversations", #"{"source_id": "a"}"#), ("conversations", #"{"creation_key": "a"}"#),
        ("conversations", #"{"untitled_number": 0}"#),
        ("messages", #"{"role": "ghost"}"#), ("messages", #"{"sender_type": "ghost"}"#),
        ("messages", #"{"type": "smell"}"#), ("messages", #"{"media_url": "x"}"#),
        ("messages", #"{"media_size": -1, "type": "file"}"#), ("messages", #"{"parts": {}}"#),
        ("messages", #"{"content_hash": "\\x00"}"#), ("messages", #"{"token_count": -1}"#),
        ("messages", #"{"error_details": {}}"#), ("messages", #"{"output_routing": []}"#),
        ("messages", #"{"metadata": []}"#), ("messages", #"{"sequence": 0}"#),
        ("messages", #"{"parent_id": "00000000-0000-7000-8000-000000000000"}"#),
        ("messages", #"{"conversation_id": "00000000-0000-7000-8000-000000000000"}"#),
        ("conversation_events", #"{"kind": "exploded"}"#),
        ("conversation_events", #"{"position": 0}"#),
        ("conversation_events", #"{"kind": "renamed"}"#),
        ("request_keys", #"{"key": ""}"#), ("request_keys", #"{"digest": "\\x00"}"#),
        ("postings", #"{"frequency": 0}"#), ("postings", #"{"length": 0}"#),
        ("import_messages", #"{"ordinal": 0}"#), ("import_messages", #"{"draft": []}"#),
        ("title_counters", #"{"last_number": -1}"#),
    ]

    @Test(arguments: invalid.indices)
    func `rows that make no sense are refused by constraints`(index: Int) async throws {
        let (table, change) = Self.invalid[index]
        let person = try await newPerson()
        let conversation = try await person.begin().id
        try await person.say("words", in: conversation, key: "k")
        let database = try await TestSchema.shared().admin
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
        let condition: SQL = """
            t.\(fragment: table == "request_keys" ? "author_id" : "owner_id") = \(person.id) \
            \(fragment: table == "conversation_events" ? "AND t.position = 2" : "")
            """
        // A valid row with fresh keys goes in; the same with the change does not.
        func insert(_ change: String, _ number: Int64) async throws {
            _ = try await database.write(
                """
                INSERT INTO conversations.\(identifier: table)
                SELECT r.* FROM conversations.\(identifier: table) AS t
                CROSS JOIN LATERAL jsonb_populate_record(
                    t, jsonb_build_object(
                        'id', uuidv7(), 'sequence', \(number)::bigint,
                        'position', \(number)::bigint, 'key', \(String(number))::text,
                        'message_id', uuidv7(), 'import_id', uuidv7(), 'version', 1000,
                        'active_leaf_id', NULL)
                    || \(fragment: table == "title_counters"
                        ? "jsonb_build_object('owner_id', uuidv7())" : "'{}'::jsonb")
                    || \(JSONText(change))) AS r
                WHERE \(fragment: condition) LIMIT 1
                """,
                as: .nobody
            )
        }
        try await insert("{}", 1000)
        do {
            try await insert(change, 1001)
            Issue.record("\(table) took \(change)")
        } catch let error as DatabaseError {
            #expect([.checkViolation, .foreignKeyViolation].contains(error.code))
        }
    }

    @Test func `every method can be described in full`() async throws {
        let client = try await TestInstance.shared().client
        let methods = try await client.call(ListMethods()).methods.map(\.name)
            .filter { $0.hasPrefix("conversations.") }
        #expect(methods.count == 17)
        for method in methods {
            let description = try await client.call(DescribeMethod(method: method))
            for type in [
                description.request, description.input, description.reply, description.element,
            ].compactMap({ $0 }) { Self.checkDocumented(type, in: description.name) }
        }
    }

    private static func checkDocumented(_ type: TypeDescription, in method: String) {
        for field in type.fields ?? [] {
            #expect(field.documentation != nil, "\(method): \(type.name ?? "").\(field.name)")
            Self.checkDocumented(field.type, in: method)
        }
        for element in type.elements ?? [] { Self.checkDocumented(element, in: method) }
    }
}
