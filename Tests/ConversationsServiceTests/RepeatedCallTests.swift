import ConversationsAPI
import Foundation
import NIOCore
import Postgres
import Testing

@testable import RPC

/// Calls that repeat their idempotency key, over the wire.
@Suite struct RepeatedCallTests {
    /// A method that keeps answers, with a call of it to make twice.
    private struct Example: Sendable, CustomTestStringConvertible {
        let method: String
        /// Makes whatever the call needs, and returns the call: what it does with a key, and how
        /// its answer is encoded.
        let prepare:
            @Sendable (Person) async throws -> @Sendable (CallOptions) async throws -> [UInt8]
        var testDescription: String { self.method }

        init<M: UnaryMethod>(
            _ request:
                @escaping @Sendable (_ conversation: Conversation, _ message: Message) -> M,
            _ settle: @escaping @Sendable (M.Reply) -> M.Reply = { $0 }
        ) {
            self.method = M.contract.name
            self.prepare = { person in
                let conversation = try await person.begin("before")
                let message = try await person.say("words", in: conversation.id)
                _ = try await person.say("more words", in: conversation.id)
                let now = try await person.call(
                    GetConversation(conversationID: conversation.id)
                )
                let request = request(now, message)
                return { options in
                    let reply = try await person.client.call(request, options: options)
                    return Array(try RPCClient.encode(settle(reply)).readableBytesView)
                }
            }
        }
    }

    private static let examples = [
        Example { _, _ in CreateConversation(title: "new", metadata: .object(["a": .integer(1)])) },
        Example { conversation, _ in
            RenameConversation(
                conversationID: conversation.id,
                title: "after",
                expectedVersion: conversation.version
            )
        },
        Example { conversation, _ in ArchiveConversation(conversationID: conversation.id) },
        Example { conversation, _ in PinConversation(conversationID: conversation.id) },
        Example { conversation, _ in
            UpdateConversation(
                conversationID: conversation.id,
                model: "m",
                expectedVersion: conversation.version
            )
        },
        Example { conversation, message in
            SelectBranch(
                conversationID: conversation.id,
                leafID: message.id,
                expectedVersion: conversation.version
            )
        },
        Example { conversation, _ in
            DeleteConversation(
                conversationID: conversation.id,
                expectedVersion: conversation.version
            )
        },
        Example(
            { conversation, _ in
                AppendMessage(conversationID: conversation.id, role: .user, text: "once")
            },
            Self.settled
        ),
        Example(
            { conversation, message in
                EditMessage(
                    messageID: message.id,
                    text: "once",
                    expectedVersion: conversation.version
                )
            },
            Self.settled
        ),
    ]

    /// Messages say that they had been stored before; everything else is the same.
    @Sendable private static func settled(_ reply: StoredMessage) -> StoredMessage {
        StoredMessage(
            message: reply.message,
            conversationVersion: reply.conversationVersion,
            isRepeated: false
        )
    }

    private func options(_ person: Person, _ key: String) -> CallOptions {
        var options = person.options
        options.idempotencyKey = key
        return options
    }

    private func reason(_ work: () async throws -> some Sendable) async -> String? {
        do {
            _ = try await work()
            return nil
        } catch {
            return (error as? RPCError)?.reason ?? "\(error)"
        }
    }

    /// How many events there are in all conversations of somebody.
    private func eventCount(_ person: Person) async throws -> Int64 {
        let rows = try await TestSchema.shared().admin.read(
            """
            SELECT count(*) FROM conversations.conversation_events WHERE owner_id = \(person.id)
            """,
            as: .nobody
        ).rows
        return try rows[0].get(0)
    }

    @Test func `there is an example of every method that keeps answers`() async throws {
        let client = try await TestInstance.shared().client
        var kept: Set<String> = []
        for method in try await client.call(ListMethods()).methods {
            let description = try await client.call(DescribeMethod(method: method.name))
            if description.keyedAnswer == .kept { kept.insert(method.name) }
        }
        #expect(kept == Set(Self.examples.map(\.method)))
    }

    @Test(arguments: examples)
    private func `with a key a call is done once and answered byte by byte alike`(
        example: Example
    ) async throws {
        let person = try await newPerson()
        let call = try await example.prepare(person)
        let before = try await self.eventCount(person)
        let first = try await call(self.options(person, "k"))
        let after = try await self.eventCount(person)
        #expect(after == before + 1)
        for _ in 0..<2 { #expect(try await call(self.options(person, "k")) == first) }
        #expect(try await self.eventCount(person) == after)
    }

    @Test(arguments: examples)
    private func `50 at once are done once and all answered alike`(
        example: Example
    ) async throws {
        let person = try await newPerson()
        let call = try await example.prepare(person)
        let before = try await self.eventCount(person)
        let options = self.options(person, "k")
        let answers = try await withThrowingTaskGroup(of: [UInt8].self) { group in
            for _ in 0..<50 { group.addTask { try await call(options) } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(answers.count == 50 && Set(answers).count == 1)
        #expect(try await self.eventCount(person) == before + 1)
    }

    @Test(arguments: examples)
    private func `a key that came with another request is refused, somebody else's is not`(
        example: Example
    ) async throws {
        let (person, other) = (try await newPerson(), try await newPerson())
        let first = try await example.prepare(person)
        let second = try await example.prepare(person)
        let foreign = try await example.prepare(other)
        _ = try await first(self.options(person, "k"))
        let reason = await self.reason { try await second(self.options(person, "k")) }
        // Creating asks for the same thing both times; keys of messages are their conversation's.
        let isApart = ["Create", "Append", "Edit"].contains {
            example.method.hasPrefix("conversations." + $0)
        }
        #expect(reason == (isApart ? nil : "rpc.idempotency_key_reused"))
        _ = try await foreign(self.options(other, "k"))
    }

    @Test func `what was refused may be done with the same key once it is allowed`()
        async throws
    {
        let person = try await newPerson()
        let id = try await person.begin("one").id
        let request = RenameConversation(conversationID: id, title: "two", expectedVersion: 2)
        let options = self.options(person, "k")
        #expect(
            await self.reason { try await person.client.call(request, options: options) }
                == "conversations.version_conflict"
        )
        _ = try await person.call(PinConversation(conversationID: id))
        let renamed = try await person.client.call(request, options: options)
        #expect(renamed.title == "two" && renamed.version == 3)
        _ = try await person.call(RenameConversation(conversationID: id, title: "three"))
        #expect(try await person.client.call(request, options: options) == renamed)
        let now = try await person.call(GetConversation(conversationID: id))
        #expect(now.title == "three")
    }

    @Test func `a repeated call undoes nothing that has happened since`() async throws {
        let person = try await newPerson()
        let id = try await person.begin("one").id
        let options = self.options(person, "k")
        let rename = RenameConversation(conversationID: id, title: "two")
        let renamed = try await person.client.call(rename, options: options)
        _ = try await person.call(RenameConversation(conversationID: id, title: "three"))
        #expect(try await person.client.call(rename, options: options) == renamed)
        #expect(try await person.call(GetConversation(conversationID: id)).title == "three")
        #expect(try await self.eventCount(person) == 3)
    }

    @Test func `a conversation remembers its key longer than the answer is kept`() async throws {
        let person = try await newPerson()
        let request = CreateConversation(title: "one", idempotencyKey: "k")
        let made = try await person.call(request)
        _ = try await person.call(RenameConversation(conversationID: made.id, title: "two"))
        #expect(try await person.call(request) == made)
        _ = try await TestSchema.shared().admin.write(
            """
            UPDATE conversations.kept_answers
            SET created_at = now() - interval '2 days', expires_at = now()
            WHERE caller = \(person.id)
            """,
            as: .nobody
        )
        let later = try await person.call(request)
        #expect(later.id == made.id && later.title == "two")
        #expect(
            try await person.refusal(of: CreateConversation(title: "x", idempotencyKey: "k"))
                == "rpc.idempotency_key_reused"
        )
    }

    @Test func `a session that dies before the commit leaves nothing, and the retry does it`()
        async throws
    {
        let person = try await newPerson()
        let admin = try await TestSchema.shared().admin
        let name = "dies_\(person.id.uuidString.prefix(8).lowercased())"
        // The first time an answer of this person is kept, after the change and before the commit.
        let statements = [
            "CREATE SCHEMA \(name)", "CREATE SEQUENCE \(name).kept",
            """
            CREATE FUNCTION \(name).die() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
            BEGIN
                IF nextval('\(name).kept') = 1 THEN
                    PERFORM pg_terminate_backend(pg_backend_pid());
                    PERFORM pg_sleep(10);
                END IF;
                RETURN NULL;
            END
            $$
            """,
            """
            CREATE TRIGGER \(name) AFTER UPDATE ON conversations.kept_answers FOR EACH ROW
                WHEN (NEW.caller = '\(person.id.uuidString)') EXECUTE FUNCTION \(name).die()
            """,
        ]
        for statement in statements {
            _ = try await admin.write(SQL(stringLiteral: statement), as: .nobody)
        }
        // The client sends it again by itself.
        let made = try await person.client.call(
            CreateConversation(title: "one"), options: self.options(person, "k"))
        let attempts: Int64 = try await admin.read(
            SQL(stringLiteral: "SELECT last_value FROM \(name).kept"), as: .nobody
        ).rows[0].get(0)
        #expect(attempts == 2)
        #expect(try await self.eventCount(person) == 1)
        let page = try await person.call(ListConversations())
        #expect(page.conversations.map(\.id) == [made.id])
        for statement in [
            "DROP TRIGGER \(name) ON conversations.kept_answers", "DROP SCHEMA \(name) CASCADE",
        ] { _ = try await admin.write(SQL(stringLiteral: statement), as: .nobody) }
    }
}
