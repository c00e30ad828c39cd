import ConversationsAPI
import Foundation
import RPC
import Testing

/// What one person can do to another's conversation through every method.
@Suite struct IsolationTests {
    @Test func `another person's conversation answers like one that does not exist`()
        async throws
    {
        let (owner, other) = (try await newPerson(), try await newPerson())
        let mine = try await owner.begin("secret")
        let message = try await owner.say("secret walrus", in: mine.id)
        let own = try await other.begin("own")

        for id in [mine.id, UUID()] {
            let refusals = [
                try await other.refusal(of: GetConversation(conversationID: id)),
                try await other.refusal(of: RenameConversation(conversationID: id, title: "x")),
                try await other.refusal(of: ArchiveConversation(conversationID: id)),
                try await other.refusal(of: PinConversation(conversationID: id)),
                try await other.refusal(of: UpdateConversation(conversationID: id, model: "m")),
                try await other.refusal(of: DeleteConversation(conversationID: id)),
                try await other.refusal(
                    of: SelectBranch(conversationID: id, leafID: message.id)
                ),
                try await other.refusal(
                    of: AppendMessage(conversationID: id, role: .user, text: "x")
                ),
                try await other.refusal(
                    of: AppendMessage(
                        conversationID: id,
                        role: .user,
                        text: "x",
                        idempotencyKey: "k"
                    )
                ),
                try await other.refusal(of: ListMessages(conversationID: id)),
                try await other.refusal(of: ListMessages(conversationID: id, scope: .tree)),
            ]
            #expect(refusals.allSatisfy { $0 == "conversations.not_found" })
        }
        for id in [message.id, UUID()] {
            #expect(
                try await other.refusal(of: GetMessage(messageID: id))
                    == "conversations.not_found"
            )
            #expect(
                try await other.refusal(of: EditMessage(messageID: id, text: "x"))
                    == "conversations.not_found"
            )
            #expect(
                try await other.refusal(
                    of: AppendMessage(
                        conversationID: own.id,
                        parentID: id,
                        role: .user,
                        text: "x"
                    )
                )
                    == "conversations.message_not_found"
            )
            #expect(
                try await other.refusal(
                    of: ListMessages(conversationID: own.id, leafID: id)
                )
                    == "conversations.message_not_found"
            )
        }
        #expect(try await other.call(ListConversations()).conversations.map(\.id) == [own.id])
        #expect(try await other.call(SearchMessages(query: "walrus")).hits.isEmpty)
        #expect(
            try await other.call(
                SearchMessages(query: "walrus", conversationID: mine.id)
            ).hits.isEmpty
        )
        await #expect(throws: RPCError.self) { _ = try await other.give([mine.id]) }
        #expect(!String(decoding: try await other.give(), as: UTF8.self).contains("secret"))
        let watch = try await other.client.stream(
            WatchConversation(conversationID: mine.id),
            options: other.options
        )
        await #expect(throws: RPCError.self) {
            for try await _ in watch { Issue.record("an event of another person") }
        }
        // Nothing of it has changed.
        #expect(try await owner.call(GetConversation(conversationID: mine.id)).version == 2)
    }
}
