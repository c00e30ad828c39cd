import ConversationsAPI
import Foundation
import Postgres
import RPC
import Testing

@testable import ConversationsService

@Suite struct WatchTests {
    /// Reads so many events.
    private func read(
        _ count: Int,
        of conversation: UUID,
        after: Int64? = nil,
        as person: Person,
        at client: RPCClient? = nil
    ) async throws -> [ConversationEvent] {
        let stream = try await (client ?? person.client).stream(
            WatchConversation(conversationID: conversation, after: after),
            options: CallOptions(timeout: .seconds(60), token: person.id.uuidString)
        )
        var events: [ConversationEvent] = []
        for try await event in stream {
            events.append(event)
            if events.count == count { break }
        }
        return events
    }

    @Test func `every change is an event with its position and what changed`() async throws {
        let person = try await newPerson()
        let id = try await person.begin("First").id
        let message = try await person.say("hello", in: id)
        let edit = try await person.call(EditMessage(messageID: message.id, text: "hi")).message
        _ = try await person.call(RenameConversation(conversationID: id, title: "Second"))
        _ = try await person.call(PinConversation(conversationID: id))
        _ = try await person.call(ArchiveConversation(conversationID: id))
        _ = try await person.call(SelectBranch(conversationID: id, leafID: message.id))
        _ = try await person.call(UpdateConversation(conversationID: id, model: "m"))
        _ = try await person.call(DeleteConversation(conversationID: id))
        // Deleted already, so this watches from a stream that began before.
        let other = try await person.begin("Other").id
        async let events = self.read(100, of: other, as: person)
        _ = try await person.call(RenameConversation(conversationID: other, title: "New"))
        _ = try await person.call(DeleteConversation(conversationID: other))
        let seen = try await events
        #expect(seen.map(\.kind) == [.created, .renamed, .deleted])
        #expect(seen[1].changes == .object(["title": .string("New")]))

        let stored = try await TestInstance.shared().database.read(
            """
            SELECT kind FROM conversations.conversation_events
            WHERE conversation_id = \(id) ORDER BY position
            """,
            as: .person(person.id)
        )
        #expect(
            try stored.rows.map { try $0.get("kind", as: String.self) } == [
                "created", "message_appended", "message_edited", "renamed", "pinned",
                "archived", "branch_selected", "updated", "deleted",
            ]
        )
        #expect(edit.editedFromID == message.id)
    }

    @Test func `a watcher that resumes at any position sees the rest without gap or repeat`()
        async throws
    {
        let person = try await newPerson()
        let id = try await person.begin().id
        for number in 1...19 { try await person.say("m\(number)", in: id) }
        for after in Int64(0)...19 {
            let events = try await self.read(Int(20 - after), of: id, after: after, as: person)
            #expect(events.map(\.position) == Array((after + 1)...20))
            #expect(events.dropFirst(after == 0 ? 1 : 0).allSatisfy { $0.message != nil })
        }
    }

    @Test func `events made while watching arrive in order at any number of watchers`()
        async throws
    {
        let person = try await newPerson()
        let id = try await person.begin().id
        try await withThrowingTaskGroup(of: [ConversationEvent].self) { group in
            for _ in 0..<20 {
                group.addTask { try await self.read(101, of: id, as: person) }
            }
            try await withThrowingTaskGroup(of: Void.self) { writers in
                for writer in 0..<10 {
                    writers.addTask {
                        for number in 0..<10 {
                            try await person.say("w\(writer) n\(number)", in: id)
                        }
                    }
                }
                try await writers.waitForAll()
            }
            for try await events in group {
                #expect(events.map(\.position) == Array(1...101))
                #expect(Set(events.compactMap(\.message?.text)).count == 100)
            }
        }
    }

    @Test func `what happens at one instance reaches a watcher at another`() async throws {
        let schema = try await TestSchema.shared()
        let (here, there) = (try await TestInstance(schema), try await TestInstance(schema))
        let person = here.person()
        let id = try await person.begin().id
        let stream = try await there.client.stream(
            WatchConversation(conversationID: id),
            options: person.options
        )
        var iterator = stream.makeAsyncIterator()
        #expect(try await iterator.next()?.kind == .created)
        let begin = ContinuousClock.now
        for number in 1...20 {
            let text = "m\(number)"
            try await person.say(text, in: id)
            #expect(try await iterator.next()?.message?.text == text)
        }
        // Far less than twenty times what watchers take to look by themselves.
        #expect(begin.duration(to: .now) < WatchRelay.lookInterval * 5)
        stream.cancel()
        await here.stop()
        await there.stop()
    }

    @Test func `a watcher that does not read holds up nobody`() async throws {
        let person = try await newPerson()
        let id = try await person.begin().id
        let idle = try await person.client.stream(
            WatchConversation(conversationID: id),
            options: person.options
        )
        let text = String(repeating: "much ", count: 20_000)
        for _ in 0..<12 { try await person.say(text, in: id) }
        let events = try await self.read(13, of: id, as: person)
        #expect(events.map(\.position) == Array(1...13))
        // Its own stream was only put off.
        var seen: [Int64] = []
        for try await event in idle {
            seen.append(event.position)
            if seen.count == 13 { break }
        }
        #expect(seen == Array(1...13))
    }

    @Test func `a position that was not reached yet is refused`() async throws {
        let person = try await newPerson()
        let id = try await person.begin().id
        await #expect(throws: RPCError.self) {
            _ = try await self.read(1, of: id, after: 2, as: person)
        }
    }

    @Test func `a watcher that leaves is forgotten`() async throws {
        let hub = WatchHub()
        let id = UUID()
        let task = Task { for await _ in hub.wakeUps(for: id) where Task.isCancelled { break } }
        while hub.watcherCount == 0 { await Task.yield() }
        task.cancel()
        await task.value
        while hub.watcherCount > 0 { await Task.yield() }
        #expect(hub.watcherCount == 0)
    }
}
