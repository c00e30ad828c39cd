import ConversationsAPI
import Foundation
import RPC
import Testing

@Suite struct MessageTests {
    @Test func `a message keeps every field it was given`() async throws {
        let person = try await newPerson()
        let conversation = try await person.begin().id
        let (sender, execution) = (UUID(), UUID())
        let processedAt = Date(timeIntervalSince1970: 1_700_000_000.25)
        let stored = try await person.call(
            AppendMessage(
                conversationID: conversation,
                role: .assistant,
                text: "Look: 😀\t\"quoted\"",
                parts: [.object(["type": .string("chart"), "data": .array([.number(0.1)])])],
                type: .image,
                mediaURL: "steward:file/1",
                mediaSize: 123_456_789_012,
                mediaType: "image/png",
                senderType: .agent,
                senderID: sender,
                provider: "anthropic",
                model: "some-model",
                tokenCount: 7,
                inputTokenCount: 8,
                outputTokenCount: 9,
                isError: true,
                errorDetails: .object(["status": .integer(529)]),
                toolExecutionID: execution,
                outputRouting: .object(["to": .string("dashboard")]),
                metadata: .object(["a": .array([.null])]),
                processedAt: processedAt
            )
        )
        let message = stored.message
        #expect(!stored.isRepeated && stored.conversationVersion == 2)
        #expect(message.conversationID == conversation && message.sequence == 1)
        #expect(message.parentID == nil && message.editedFromID == nil)
        #expect(message.role == .assistant && message.authorID == person.id)
        #expect(message.senderType == .agent && message.senderID == sender)
        #expect(message.text == "Look: 😀\t\"quoted\"" && message.type == .image)
        #expect(
            message.parts == [
                .object(["type": .string("chart"), "data": .array([.number(0.1)])])
            ]
        )
        #expect(message.mediaURL == "steward:file/1" && message.mediaSize == 123_456_789_012)
        #expect(message.mediaType == "image/png" && message.contentHash.count == 32)
        #expect(message.provider == "anthropic" && message.model == "some-model")
        #expect(message.tokenCount == 7 && message.inputTokenCount == 8)
        #expect(message.outputTokenCount == 9 && message.isError)
        #expect(message.errorDetails == .object(["status": .integer(529)]))
        #expect(message.toolExecutionID == execution && message.processedAt == processedAt)
        #expect(message.outputRouting == .object(["to": .string("dashboard")]))
        #expect(message.metadata == .object(["a": .array([.null])]))
        #expect(try await person.call(GetMessage(messageID: message.id)) == message)
        let now = try await person.call(GetConversation(conversationID: conversation))
        #expect(now.activeLeafID == message.id && now.messageCount == 1)
        #expect(now.lastMessageAt == message.createdAt)
    }

    @Test func `64 requests with one key at once store one message`() async throws {
        let person = try await newPerson()
        let conversation = try await person.begin().id
        let request = AppendMessage(
            conversationID: conversation,
            role: .user,
            text: "yes",
            idempotencyKey: "k"
        )
        let replies = try await withThrowingTaskGroup(of: StoredMessage.self) { group in
            for _ in 0..<64 { group.addTask { try await person.call(request) } }
            return try await group.reduce(into: [StoredMessage]()) { $0.append($1) }
        }
        #expect(Set(replies.map(\.message)).count == 1)
        #expect(replies.count { !$0.isRepeated } == 1)
        #expect(Set(replies.map(\.conversationVersion)) == [2])
        let now = try await person.call(GetConversation(conversationID: conversation))
        #expect(now.messageCount == 1)
    }

    @Test func `a thousand appends with half of the keys doubled store each once`()
        async throws
    {
        let person = try await newPerson()
        let conversation = try await person.begin().id
        let sequences = try await withThrowingTaskGroup(of: Int64.self) { group in
            var sequences: Set<Int64> = []
            for number in 0..<1000 {
                // As many at once as one connection takes.
                if number >= 100, let sequence = try await group.next() {
                    sequences.insert(sequence)
                }
                group.addTask {
                    try await person.say(
                        "m\(number / 2)",
                        in: conversation,
                        key: "k\(number / 2)"
                    ).sequence
                }
            }
            for try await sequence in group { sequences.insert(sequence) }
            return sequences
        }
        #expect(sequences == Set(1...500))
    }

    @Test func `a key with another request is refused, the same text without key is stored`()
        async throws
    {
        let person = try await newPerson()
        let conversation = try await person.begin().id
        try await person.say("yes", in: conversation, key: "k")
        #expect(
            try await person.refusal(
                of: AppendMessage(
                    conversationID: conversation,
                    role: .user,
                    text: "no",
                    idempotencyKey: "k"
                )
            )
                == "rpc.idempotency_key_reused"
        )
        let first = try await person.say("yes", in: conversation)
        let second = try await person.say("yes", in: conversation)
        #expect(first.contentHash == second.contentHash && first.id != second.id)
        // The same key belongs to each conversation by itself.
        let other = try await person.begin().id
        #expect(try await person.say("no", in: other, key: "k").sequence == 1)
    }

    @Test func `the call's own key counts like the request's`() async throws {
        let person = try await newPerson()
        let conversation = try await person.begin().id
        var options = person.options
        options.idempotencyKey = "from the call"
        let request = AppendMessage(conversationID: conversation, role: .user, text: "a")
        let first = try await person.client.call(request, options: options)
        let second = try await person.client.call(request, options: options)
        #expect(first.message == second.message && second.isRepeated)
    }

    @Test func `two devices that answer the same message both keep what they wrote`()
        async throws
    {
        let person = try await newPerson()
        let conversation = try await person.begin().id
        let root = try await person.say("root", in: conversation)
        async let one = person.say("one", in: conversation, after: root.id)
        async let two = person.say("two", in: conversation, after: root.id)
        let both = try await [one, two]
        #expect(both.allSatisfy { $0.parentID == root.id })
        let tree = try await person.messages(
            ListMessages(conversationID: conversation, scope: .tree)
        )
        #expect(Set(tree.map(\.text)) == ["root", "one", "two"])
    }

    @Test func `a parent of another conversation is refused`() async throws {
        let person = try await newPerson()
        let (mine, other) = (try await person.begin().id, try await person.begin().id)
        let foreign = try await person.say("there", in: other)
        #expect(
            try await person.refusal(
                of: AppendMessage(
                    conversationID: mine,
                    parentID: foreign.id,
                    role: .user,
                    text: "x"
                )
            )
                == "conversations.message_not_found"
        )
        #expect(
            try await person.refusal(of: SelectBranch(conversationID: mine, leafID: foreign.id))
                == "conversations.message_not_found"
        )
    }

    @Test func `an edit is a sibling, the original stays, and the active leaf moves`()
        async throws
    {
        let person = try await newPerson()
        let conversation = try await person.begin().id
        let question = try await person.say("Where?", in: conversation)
        let answer = try await person.say("There.", in: conversation, role: .assistant)
        let edited = try await person.call(
            EditMessage(messageID: question.id, text: "Where exactly?", expectedVersion: 3)
        ).message
        #expect(edited.parentID == nil && edited.editedFromID == question.id)
        #expect(edited.role == .user && edited.text == "Where exactly?")
        #expect(edited.contentHash != question.contentHash)
        #expect(try await person.call(GetMessage(messageID: question.id)) == question)
        var branch = try await person.messages(ListMessages(conversationID: conversation))
        #expect(branch.map(\.text) == ["Where exactly?"])
        #expect(
            try await person.refusal(
                of: EditMessage(messageID: question.id, text: "x", expectedVersion: 3)
            )
                == "conversations.version_conflict"
        )

        let back = try await person.call(
            SelectBranch(conversationID: conversation, leafID: answer.id)
        )
        #expect(back.activeLeafID == answer.id)
        branch = try await person.messages(ListMessages(conversationID: conversation))
        #expect(branch.map(\.text) == ["Where?", "There."])
        try await person.say("Thanks.", in: conversation)
        branch = try await person.messages(ListMessages(conversationID: conversation))
        #expect(branch.map(\.text) == ["Where?", "There.", "Thanks."])
    }

    @Test func `an edit with a key is stored once`() async throws {
        let person = try await newPerson()
        let conversation = try await person.begin().id
        let original = try await person.say("a", in: conversation)
        let request = EditMessage(messageID: original.id, text: "b", idempotencyKey: "e")
        let first = try await person.call(request)
        let second = try await person.call(request)
        #expect(first.message == second.message && second.isRepeated && !first.isRepeated)
        #expect(
            try await person.refusal(
                of: AppendMessage(
                    conversationID: conversation,
                    role: .user,
                    text: "b",
                    idempotencyKey: "e"
                )
            )
                == "rpc.idempotency_key_reused"
        )
    }

    @Test(arguments: [MessageScope.branch, .tree], [ListDirection.oldestFirst, .newestFirst])
    func `lists are complete and stable while messages arrive`(
        scope: MessageScope,
        direction: ListDirection
    ) async throws {
        let person = try await newPerson()
        let conversation = try await person.begin().id
        var expected: [Int64] = []
        for number in 1...25 {
            expected.append(try await person.say("m\(number)", in: conversation).sequence)
        }
        if direction == .newestFirst { expected.reverse() }
        var request = ListMessages(
            conversationID: conversation,
            scope: scope,
            direction: direction,
            pageSize: 4
        )
        var listed: [Int64] = []
        repeat {
            let page = try await person.call(request)
            listed += page.messages.map(\.sequence)
            // Newer messages must not shift the pages; going forward in the tree they follow.
            try await person.say("later", in: conversation)
            request.pageToken = page.nextPageToken
        } while request.pageToken != nil && listed.count < 60
        if scope == .tree, direction == .oldestFirst {
            #expect(listed == Array(1...Int64(listed.count)) && listed.count > 25)
        } else {
            #expect(listed == expected)
        }
    }

    @Test func `a page of large messages ends before it outgrows a reply`() async throws {
        let person = try await newPerson()
        let conversation = try await person.begin().id
        for _ in 0..<8 {
            try await person.say(String(repeating: "y ", count: 200_000), in: conversation)
        }
        for direction in [ListDirection.oldestFirst, .newestFirst] {
            let listed = try await person.messages(
                ListMessages(conversationID: conversation, direction: direction, pageSize: 200)
            )
            #expect(listed.count == 8)
        }
        let page = try await person.call(
            ListMessages(conversationID: conversation, pageSize: 200)
        )
        #expect(page.messages.count == 3)
    }

    @Test func `an empty conversation lists nothing`() async throws {
        let person = try await newPerson()
        let conversation = try await person.begin().id
        for scope in [MessageScope.branch, .tree] {
            let page = try await person.call(
                ListMessages(conversationID: conversation, scope: scope)
            )
            #expect(page == MessagePage(messages: []))
        }
    }

    @Test func `a text of one megabyte and a thousand lines of one letter are taken`()
        async throws
    {
        let person = try await newPerson()
        let conversation = try await person.begin().id
        let long = String(repeating: "x", count: 1_048_576)
        #expect(try await person.say(long, in: conversation).text == long)
        let lines = String(repeating: "a\n", count: 500_000)
        #expect(try await person.say(lines, in: conversation).text == lines)
    }
}
