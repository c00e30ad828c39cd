import AuditAPI
import ConversationsAPI
import Foundation
import IdentityAPI
import ProcessTestSupport
import RPC
import StewardTestSupport
import Testing

@Suite("The audit log is away", .serialized)
struct AuditOutageTests {
    private static let conversationCount = TestSettings.isHeavy ? 2_000 : 100

    @Test("Work goes on while the log is away, and nothing is missing when it is back")
    func outage() async throws {
        let installation = try await Installation.start()
        do {
            let person = try await installation.newPerson()
            try await installation.stopOne("audit")
            var made: Set<String> = []
            for number in 0..<Self.conversationCount {
                let conversation = try await person.call(CreateConversation(title: "\(number)"))
                made.insert(conversation.id.uuidString.lowercased())
            }
            try await installation.startOne("audit")
            try await eventually("the backlog is drained", within: .seconds(60)) {
                try await installation.sql(
                    """
                    SELECT NOT EXISTS (SELECT FROM conversations.audit_outbox)
                        AND NOT EXISTS (SELECT FROM conversations.audit_batches)
                    """) == "t"
            }
            let recorded = try await installation.sql(
                "SELECT resource_id FROM audit.entries WHERE action = 'conversation_created'")
            let events = recorded.split(separator: "\n").map(String.init)
            #expect(events.count == made.count)
            #expect(Set(events) == made)
        } catch {
            print(installation.logs())
            throw error
        }
        try await installation.stop()
    }

    @Test("With the outbox full changes are refused with the reason, and nothing is unrecorded")
    func full() async throws {
        let installation = try await Installation.start(
            settings: ["conversations": ["STEWARD_AUDIT_OUTBOX_LIMIT": "100"]])
        do {
            let person = try await installation.newPerson()
            let kept = try await person.call(CreateConversation(title: "to be read"))
            try await installation.stopOne("audit")
            var refusal: RPCError?
            for number in 0..<200 where refusal == nil {
                do {
                    _ = try await installation.client("conversations").call(
                        CreateConversation(title: "\(number)"), options: person.options)
                } catch let error as RPCError {
                    refusal = error
                }
            }
            #expect(refusal?.reason == "audit.outbox_full")
            // What records nothing goes on.
            #expect(
                try await person.call(GetConversation(conversationID: kept.id)).id == kept.id)
            let health = try await installation.client("conversations").call(CheckHealth())
            #expect(health.dependencies.contains { $0.name == "audit" && !$0.isReady })
            #expect(try await Self.difference(installation) == "")
            try await installation.startOne("audit")
            try await eventually("changes are taken again", within: .seconds(60)) {
                do {
                    _ = try await person.call(CreateConversation(title: "again"))
                    return true
                } catch let error as RPCError where error.reason == "audit.outbox_full" {
                    return false
                }
            }
            try await eventually("every effect is in the log", within: .seconds(60)) {
                try await Self.count(
                    """
                    SELECT (SELECT count(*) FROM conversations.audit_outbox)
                        + (SELECT count(*) FROM conversations.audit_batches)
                    """, installation) == 0
            }
            #expect(
                try await Self.count(
                    "SELECT count(*) FROM conversations.conversations", installation)
                    == Self.count(
                        """
                        SELECT count(*) FROM audit.entries
                        WHERE action = 'conversation_created'
                        """, installation))
        } catch {
            print(installation.logs())
            throw error
        }
        try await installation.stop()
    }

    private static func count(_ sql: String, _ installation: Installation) async throws -> Int {
        Int(try await installation.sql(sql)) ?? -1
    }

    /// Empty if there are as many events, sent or not, as conversations.
    private static func difference(_ installation: Installation) async throws -> String {
        try await installation.sql(
            """
            SELECT 'conversations and events differ' WHERE
                (SELECT count(*) FROM conversations.conversations) <> (SELECT count(*) FROM (
                    SELECT id FROM (
                        SELECT id, event FROM conversations.audit_outbox
                        UNION ALL SELECT e.id, e.event FROM conversations.audit_batches,
                            unnest(ids, events) AS e (id, event)) AS waiting
                    WHERE position(convert_to('conversation_created', 'UTF8') IN event) > 0
                    UNION SELECT event_id FROM audit.entries
                    WHERE action = 'conversation_created') AS events)
            """)
    }
}
