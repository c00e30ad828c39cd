import ConversationsAPI
import Foundation
import RPC
import Testing

@Suite struct ConversationTests {
    @Test func `a conversation keeps every field it was given`() async throws {
        let person = try await newPerson()
        let dashboard = UUID()
        let made = try await person.call(
            CreateConversation(
                title: "Plan für 2027 😀",
                kind: .voice,
                contextType: .dashboard,
                contextID: dashboard,
                provider: "anthropic",
                model: "some-model",
                systemPrompt: "Be brief.\nBe kind.",
                temperature: 0.25,
                contextWindowSize: 200_000,
                settings: .object(["theme": .string("dark"), "n": .number(1.5)]),
                metadata: .object(["tags": .array([.string("a"), .null])])
            )
        )
        #expect(made.title == "Plan für 2027 😀")
        #expect(made.untitledNumber == nil)
        #expect(made.ownerID == person.id)
        #expect(made.kind == .voice)
        #expect(made.status == .active)
        #expect(made.contextType == .dashboard)
        #expect(made.contextID == dashboard)
        #expect(made.provider == "anthropic")
        #expect(made.model == "some-model")
        #expect(made.systemPrompt == "Be brief.\nBe kind.")
        #expect(made.temperature == 0.25)
        #expect(made.contextWindowSize == 200_000)
        #expect(made.settings == .object(["theme": .string("dark"), "n": .number(1.5)]))
        #expect(made.metadata == .object(["tags": .array([.string("a"), .null])]))
        #expect(made.version == 1)
        #expect(try await person.call(GetConversation(conversationID: made.id)) == made)
    }

    @Test func `untitled conversations are numbered without repeats under concurrency`()
        async throws
    {
        let person = try await newPerson()
        let titles = try await withThrowingTaskGroup(of: Conversation.self) { group in
            for _ in 0..<40 { group.addTask { try await person.begin() } }
            return try await group.reduce(into: [String]()) { $0.append($1.title) }
        }
        #expect(Set(titles) == Set((1...40).map { "Untitled \($0)" }))
        #expect(try await person.begin().untitledNumber == 41)
        #expect(try await newPerson().begin().title == "Untitled 1")
    }

    @Test func `one key makes one conversation, and another request with it is refused`()
        async throws
    {
        let person = try await newPerson()
        let request = CreateConversation(model: "m", idempotencyKey: "once")
        let made = try await withThrowingTaskGroup(of: Conversation.self) { group in
            for _ in 0..<16 { group.addTask { try await person.call(request) } }
            return try await group.reduce(into: Set<UUID>()) { $0.insert($1.id) }
        }
        #expect(made.count == 1)
        let other = CreateConversation(model: "n", idempotencyKey: "once")
        #expect(
            try await person.refusal(of: other) == "rpc.idempotency_key_reused"
        )
        let second = try await newPerson().call(other)
        #expect(!made.contains(second.id))
    }

    @Test func `renaming, archiving, pinning and updating answer with what changed`()
        async throws
    {
        let person = try await newPerson()
        let id = try await person.begin().id
        var now = try await person.call(RenameConversation(conversationID: id, title: "New"))
        #expect(now.title == "New" && now.untitledNumber == nil && now.version == 2)
        now = try await person.call(ArchiveConversation(conversationID: id))
        #expect(now.isArchived && now.version == 3)
        now = try await person.call(ArchiveConversation(conversationID: id, isArchived: false))
        #expect(!now.isArchived && now.version == 4)
        now = try await person.call(PinConversation(conversationID: id))
        #expect(now.isPinned && now.version == 5)
        now = try await person.call(PinConversation(conversationID: id))
        #expect(now.version == 5, "what is so already is no change")
        now = try await person.call(PinConversation(conversationID: id, isPinned: false))
        #expect(!now.isPinned)
        now = try await person.call(
            UpdateConversation(
                conversationID: id,
                status: .ended,
                contextType: .global,
                provider: "p",
                model: "m",
                systemPrompt: "s",
                temperature: 2,
                contextWindowSize: 1,
                settings: .object(["a": .integer(1)]),
                metadata: .object(["b": .integer(2)])
            )
        )
        #expect(now.status == .ended && now.endedAt != nil && now.durationSeconds != nil)
        #expect(now.contextType == .global && now.model == "m" && now.temperature == 2)
        now = try await person.call(
            UpdateConversation(
                conversationID: id,
                status: .active,
                cleared: ["model", "temperature"]
            )
        )
        #expect(now.status == .active && now.endedAt == nil)
        #expect(now.model == nil && now.temperature == nil && now.provider == "p")
    }

    @Test func `a change that expects another version is refused and changes nothing`()
        async throws
    {
        let person = try await newPerson()
        let made = try await person.begin("Old")
        try await person.say("hello", in: made.id)
        #expect(
            try await person.refusal(
                of: RenameConversation(conversationID: made.id, title: "X", expectedVersion: 1)
            )
                == "conversations.version_conflict"
        )
        let now = try await person.call(GetConversation(conversationID: made.id))
        #expect(now.title == "Old" && now.version == 2)
        _ = try await person.call(
            RenameConversation(conversationID: made.id, title: "X", expectedVersion: 2)
        )
    }

    @Test(arguments: [
        CreateConversation(title: ""), CreateConversation(kind: .init(rawValue: "fax")),
        CreateConversation(contextType: .dashboard), CreateConversation(contextID: UUID()),
        CreateConversation(temperature: 2.01), CreateConversation(contextWindowSize: 0),
        CreateConversation(settings: .array([])),
        CreateConversation(systemPrompt: String(repeating: "x", count: 65_537)),
        CreateConversation(metadata: .object(["a\u{0}": .integer(1)])),
    ])
    func `what a conversation may not be is refused by field`(
        request: CreateConversation
    )
        async throws
    {
        #expect(try await newPerson().refusal(of: request) == "conversations.field_invalid")
    }

    @Test func `lists show pinned ones first, then the latest activity, page by page`()
        async throws
    {
        let person = try await newPerson()
        var ids: [UUID] = []
        for number in 1...23 { ids.append(try await person.begin("C\(number)").id) }
        for index in [3, 9] {
            _ = try await person.call(PinConversation(conversationID: ids[index]))
        }
        try await person.say("hello", in: ids[5])
        _ = try await person.call(ArchiveConversation(conversationID: ids[0]))

        var expected = ids
        for index in [9, 5, 3, 0] { expected.remove(at: index) }
        expected = [ids[9], ids[3], ids[5]] + expected.reversed()
        var listed: [UUID] = []
        var request = ListConversations(pageSize: 5)
        repeat {
            let page = try await person.call(request)
            #expect(page.conversations.count <= 5)
            listed += page.conversations.map(\.id)
            // Conversations that begin meanwhile come before the first page.
            _ = try await person.begin("later")
            request.pageToken = page.nextPageToken
        } while request.pageToken != nil
        #expect(listed == expected)
        let archived = try await person.call(ListConversations(isArchived: true))
        #expect(archived.conversations.map(\.id) == [ids[0]])
    }

    @Test func `lists filter by context, and a token fits its own list only`() async throws {
        let person = try await newPerson()
        let dashboard = UUID()
        for _ in 0..<3 {
            _ = try await person.call(
                CreateConversation(contextType: .dashboard, contextID: dashboard)
            )
            _ = try await person.call(
                CreateConversation(contextType: .dashboard, contextID: UUID())
            )
            _ = try await person.call(CreateConversation(contextType: .workspace))
        }
        func list(_ request: ListConversations) async throws -> ConversationPage {
            try await person.call(request)
        }
        #expect(try await list(.init()).conversations.count == 9)
        #expect(try await list(.init(contextType: .dashboard)).conversations.count == 6)
        let page = try await list(
            .init(contextType: .dashboard, contextID: dashboard, pageSize: 2)
        )
        #expect(page.conversations.count == 2)
        let token = try #require(page.nextPageToken)
        #expect(
            try await person.refusal(of: ListConversations(pageToken: token))
                == "conversations.field_invalid"
        )
        #expect(
            try await person.refusal(of: ListConversations(pageToken: "nonsense"))
                == "rpc.cursor_invalid"
        )
        #expect(
            try await person.refusal(of: ListConversations(contextID: dashboard))
                == "conversations.field_invalid"
        )
    }

    @Test func `a page of large conversations ends before it outgrows a reply`() async throws {
        let person = try await newPerson()
        for _ in 0..<30 {
            _ = try await person.call(
                CreateConversation(systemPrompt: String(repeating: "p", count: 65_000))
            )
        }
        var request = ListConversations(pageSize: 200)
        var pages: [Int] = []
        repeat {
            let page = try await person.call(request)
            pages.append(page.conversations.count)
            request.pageToken = page.nextPageToken
        } while request.pageToken != nil
        #expect(pages.reduce(0, +) == 30)
        #expect(pages.count == 2)
    }

    @Test func `a deleted conversation is gone for every method at once`() async throws {
        let person = try await newPerson()
        let made = try await person.begin()
        let message = try await person.say("findable", in: made.id)
        _ = try await person.call(DeleteConversation(conversationID: made.id))
        let id = made.id
        #expect(
            try await person.refusal(of: GetConversation(conversationID: id))
                == "conversations.not_found"
        )
        #expect(
            try await person.refusal(of: DeleteConversation(conversationID: id))
                == "conversations.not_found"
        )
        #expect(
            try await person.refusal(of: GetMessage(messageID: message.id))
                == "conversations.not_found"
        )
        #expect(
            try await person.refusal(of: EditMessage(messageID: message.id, text: "x"))
                == "conversations.not_found"
        )
        #expect(
            try await person.refusal(
                of: AppendMessage(conversationID: id, role: .user, text: "x")
            )
                == "conversations.not_found"
        )
        #expect(
            try await person.refusal(of: ListMessages(conversationID: id))
                == "conversations.not_found"
        )
        #expect(try await person.call(ListConversations()).conversations.isEmpty)
        #expect(try await person.call(SearchMessages(query: "findable")).hits.isEmpty)
    }
}
