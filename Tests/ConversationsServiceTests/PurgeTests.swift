import ConversationsAPI
import Foundation
import Postgres
import RPC
import ServiceKit
import Testing

@testable import ConversationsService

// One after the other: a purge passes over the conversation that another one has in hand.
@Suite(.serialized) struct PurgeTests {
    private func purge() async throws {
        try await Purge(
            database: try await TestInstance.shared().database,
            answers: KeptAnswers(schema: "conversations"),
            logger: .quiet
        ).work()
    }

    @Test func `a deleted conversation leaves no row behind, others lose none`() async throws {
        let person = try await newPerson()
        let (doomed, kept) = (try await person.begin().id, try await person.begin().id)
        for number in 1...450 {
            try await person.say("word\(number % 7) common", in: doomed, key: "k\(number)")
        }
        let message = try await person.say("common", in: kept, key: "k")
        _ = try await person.call(EditMessage(messageID: message.id, text: "common again"))
        _ = try await person.call(DeleteConversation(conversationID: doomed))
        let admin = try await TestSchema.shared().admin
        _ = try await admin.write(
            "UPDATE conversations.conversations SET purge_after = now() WHERE id = \(doomed)",
            as: .nobody
        )
        try await self.purge()
        func count(_ table: String) async throws -> Int64? {
            try await admin.read(
                """
                SELECT count(*) AS count FROM conversations.\(identifier: table)
                WHERE owner_id = \(person.id)
                """,
                as: .nobody
            ).rows.first?.get("count")
        }
        #expect(try await count("conversations") == 1)
        #expect(try await count("messages") == 2)
        #expect(try await count("conversation_events") == 3)
        #expect(try await count("request_keys") == 1)
        #expect(try await count("postings") == 2)
    }

    @Test func `idempotency keys go after eight days and not before`() async throws {
        let person = try await newPerson()
        let id = try await person.begin().id
        for key in ["old", "young"] { try await person.say("x", in: id, key: key) }
        let admin = try await TestSchema.shared().admin
        for (key, age) in [("old", "8 days 1 minute"), ("young", "7 days 23 hours")] {
            _ = try await admin.write(
                """
                UPDATE conversations.request_keys
                SET created_at = now() - \(age)::text::interval
                WHERE author_id = \(person.id) AND key = \(key)
                """,
                as: .nobody
            )
        }
        try await self.purge()
        let left = try await admin.read(
            "SELECT key FROM conversations.request_keys WHERE author_id = \(person.id)",
            as: .nobody
        )
        #expect(try left.rows.map { try $0.get("key", as: String.self) } == ["young"])
    }

    @Test func `kept answers go when they have expired and not before`() async throws {
        let person = try await newPerson()
        let admin = try await TestSchema.shared().admin
        _ = try await admin.write(
            """
            INSERT INTO conversations.kept_answers
                (caller, method, key, request_digest, created_at, expires_at)
            SELECT \(person.id), 'conversations.Old', n::text, sha256('x'),
                now() - interval '2 days', now() - interval '1 day'
            FROM generate_series(1, 1000) n
            """,
            as: .nobody
        )
        var options = person.options
        options.idempotencyKey = "live"
        _ = try await person.client.call(CreateConversation(), options: options)
        // The service's own may be at the same rows, and leave the rest for the next time.
        let end = ContinuousClock.now + .seconds(60)
        var left: [String] = []
        repeat {
            try await self.purge()
            let rows = try await admin.read(
                "SELECT key FROM conversations.kept_answers WHERE caller = \(person.id)",
                as: .nobody
            ).rows
            left = try rows.map { try $0.get("key") }
        } while left.count > 1 && ContinuousClock.now < end
        #expect(left == ["live"])
    }
}
