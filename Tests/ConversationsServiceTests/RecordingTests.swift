import AuditAPI
import AuditFormat
import ConversationsAPI
import Foundation
import Postgres
import ServiceKit
import Testing

@testable import ConversationsService
@testable import RPC

/// What the service records of what it does, in its outbox.
@Suite struct RecordingTests {
    private struct Record {
        let event: AuditEvent
        let payload: AuditPayload?
    }

    /// What somebody's calls have recorded.
    private func records(of person: Person) async throws -> [Record] {
        let rows = try await TestSchema.shared().admin.query(
            "SELECT event, payload FROM conversations.audit_outbox ORDER BY id",
            as: .nobody
        ).rows
        return try rows.compactMap { row in
            let event = try AuditEvent(bytes: try row.get("event", as: Data.self))
            guard event.actorID == person.id else { return nil }
            let payload = try row.get("payload", as: Data?.self)
            return Record(event: event, payload: try payload.map(AuditPayload.init(bytes:)))
        }
    }

    private func actions(of person: Person) async throws -> [AuditAction] {
        try await self.records(of: person).map(\.event.action)
    }

    /// A file with one conversation of somebody else.
    private func file() async throws -> Data {
        let other = try await newPerson()
        let conversation = try await other.begin("a personal title")
        try await other.say("personal words", in: conversation.id)
        return try await other.give()
    }

    /// A method that records something, with a call of it.
    private struct Scenario: Sendable, CustomTestStringConvertible {
        let contract: MethodContract
        /// Does it, and gives out which conversation it concerns, if it concerns one.
        let run: @Sendable (Person, _ conversation: UUID, _ file: Data) async throws -> UUID?
        var testDescription: String { self.contract.name }
    }

    private static let scenarios = [
        Scenario(contract: CreateConversation.contract) { person, _, _ in
            try await person.begin("a personal title").id
        },
        Scenario(contract: DeleteConversation.contract) { person, conversation, _ in
            _ = try await person.call(DeleteConversation(conversationID: conversation))
            return conversation
        },
        Scenario(contract: ExportConversations.contract) { person, conversation, _ in
            _ = try await person.give([conversation])
            return conversation
        },
        Scenario(contract: ImportConversations.contract) { person, _, file in
            _ = try await person.take(file)
            let page = try await person.call(ListConversations())
            return page.conversations.first?.id
        },
    ]

    @Test func `every method that says so records something`() async throws {
        let methods = try await TestInstance.shared().methods.descriptions()
        #expect(
            methods.filter { $0.auditAction != nil }.map(\.name).sorted()
                == Self.scenarios.map(\.contract.name).sorted()
        )
    }

    @Test(arguments: scenarios)
    private func `it is recorded once, with who, how and which`(
        scenario: Scenario
    ) async throws {
        let person = try await newPerson()
        let existing = try await person.begin("a personal title")
        try await person.say("personal words", in: existing.id)
        let file = try await self.file()
        let before = try await self.records(of: person).count
        let concerned = try await scenario.run(person, existing.id, file)
        let found = try await self.records(of: person).dropFirst(before)
        #expect(found.count == 1)
        let record = try #require(found.first)
        #expect(record.event.action.rawValue == scenario.contract.auditAction)
        #expect(AuditAction.knownCases.contains(record.event.action))
        #expect(record.event.method == scenario.contract.name)
        #expect(record.event.outcome == .succeeded && record.event.sessionID == person.id)
        #expect(record.event.resourceType == "conversation")
        #expect(record.event.resourceID == concerned?.uuidString.lowercased())
        #expect(record.event.count == 1)
        // Neither a title nor what a message says, not even where it could be erased.
        let said = "\(record.event) \(String(describing: record.payload))"
        #expect(!said.contains("personal"))
    }

    @Test func `with a key it is recorded once, and a repeated answer is not`() async throws {
        let person = try await newPerson()
        let create = CreateConversation(title: "once", idempotencyKey: "key")
        let made = try await person.call(create)
        #expect(try await person.call(create) == made)
        #expect(
            try await person.refusal(of: CreateConversation(title: "two", idempotencyKey: "key"))
                == "rpc.idempotency_key_reused"
        )
        var options = person.options
        options.idempotencyKey = "deletion"
        for _ in 0..<2 {
            _ = try await person.client.call(
                DeleteConversation(conversationID: made.id),
                options: options
            )
        }
        let found = try await self.records(of: person)
        #expect(found.map(\.event.action) == [.conversationCreated, .conversationDeleted])
        #expect(found.allSatisfy { $0.event.resourceID == made.id.uuidString.lowercased() })
    }

    @Test func `what changes nothing and what is refused is not recorded`() async throws {
        let person = try await newPerson()
        let conversation = try await person.begin()
        _ = try await person.call(
            RenameConversation(conversationID: conversation.id, title: "after")
        )
        _ = try await person.call(PinConversation(conversationID: conversation.id))
        #expect(
            try await person.refusal(
                of: DeleteConversation(conversationID: conversation.id, expectedVersion: 1)
            ) == "conversations.version_conflict"
        )
        let other = try await newPerson()
        for id in [conversation.id, UUID()] {
            #expect(
                try await other.refusal(of: DeleteConversation(conversationID: id))
                    == "conversations.not_found"
            )
            await #expect(throws: RPCError.self) { try await other.give([id]) }
        }
        #expect(try await self.actions(of: other).isEmpty)
        #expect(try await self.actions(of: person) == [.conversationCreated])
    }

    @Test func `an export names what was asked for`() async throws {
        let person = try await newPerson()
        let ids = [try await person.begin().id, try await person.begin().id]
        _ = try await person.give()
        _ = try await person.give(ids)
        let exports = try await self.records(of: person).suffix(2)
        #expect(exports.allSatisfy { $0.event.action == .messagesExported })
        #expect(exports.allSatisfy { $0.event.isSensitive && $0.event.resourceID == nil })
        guard case .object(let all)? = exports.first?.payload?.details,
            case .object(let some)? = exports.last?.payload?.details,
            case .array(let named)? = some["conversations"]
        else { throw TestFailure() }
        #expect(all == ["conversations": .string("all")])
        #expect(Set(named) == Set(ids.map { JSONValue.string($0.uuidString.lowercased()) }))
        #expect(some["conversationCount"] == .integer(2))
    }

    private struct TestFailure: Error {}

    @Test func `an import records each conversation that is new`() async throws {
        let person = try await newPerson()
        let other = try await newPerson()
        for number in 1...3 {
            let conversation = try await other.begin("\(number)")
            for _ in 0..<number { try await other.say("words", in: conversation.id) }
        }
        let file = try await other.give()
        for _ in 0..<2 { _ = try await person.take(file) }
        let imports = try await self.records(of: person)
        #expect(imports.map(\.event.action) == Array(repeating: .conversationsImported, count: 3))
        let page = try await person.call(ListConversations())
        #expect(
            Set(imports.map(\.event.resourceID))
                == Set(page.conversations.map { $0.id.uuidString.lowercased() })
        )
        #expect(
            imports.map(\.payload?.details)
                == (1...3).map { count in
                    .object(["format": .string("steward"), "messageCount": .integer(count)])
                }
        )
    }

    @Test func `with a full outbox nothing is done that would have to be recorded`()
        async throws
    {
        let gauge = OutboxGauge(limit: 100)
        let instance = try await TestInstance(try await TestSchema.shared(), gauge: gauge)
        let person = instance.person()
        let conversation = try await person.begin("before")
        let file = try await self.file()
        gauge.set(counted: 90)
        // Shorter than after how long trying again is advised, so that the client does not.
        let options = CallOptions(timeout: .seconds(4), token: person.id.uuidString)
        let creation = CreateConversation(title: "x", idempotencyKey: "k")
        let deletion = DeleteConversation(conversationID: conversation.id)
        let changes: [() async throws -> Void] = [
            { _ = try await person.client.call(creation, options: options) },
            { _ = try await person.client.call(deletion, options: options) },
        ]
        let transfers: [() async throws -> Void] = [
            { _ = try await person.give() }, { _ = try await person.take(file) },
        ]
        for attempt in changes + transfers {
            let error = await #expect(throws: RPCError.self) { try await attempt() }
            #expect(error?.reason == "audit.outbox_full")
        }
        // What is not recorded goes on.
        _ = try await person.call(
            RenameConversation(conversationID: conversation.id, title: "after")
        )
        let page = try await person.call(ListConversations())
        #expect(page.conversations.map(\.title) == ["after"])
        #expect(try await self.actions(of: person) == [.conversationCreated])
        gauge.set(counted: 89)
        _ = try await person.call(creation)
        await instance.stop()
    }
}
