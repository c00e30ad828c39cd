import ConversationsAPI
import Foundation
import Postgres
import RPC
import Testing

@testable import ConversationsService

@Suite struct TransferTests {
    /// A conversation with a branch, an error, media and rich parts.
    private func makeRich(_ person: Person) async throws -> UUID {
        let id = try await person.call(
            CreateConversation(
                title: "Rich \"one\" \u{1F600}",
                kind: .voice,
                contextType: .workspace,
                provider: "p",
                model: "m",
                systemPrompt: "line 1\nline 2",
                temperature: 0.7,
                contextWindowSize: 1000,
                settings: .object(["a": .array([.null, .integer(1)])]),
                metadata: .object(["n": .number(0.1)])
            )
        ).id
        let root = try await person.say("root\u{2028}text", in: id)
        let answer = try await person.call(
            AppendMessage(
                conversationID: id,
                role: .assistant,
                text: "answer",
                parts: [.object(["type": .string("chart"), "v": .number(1e-9)])],
                type: .file,
                mediaURL: "u",
                mediaSize: 5,
                mediaType: "text/plain",
                senderType: .agent,
                senderID: UUID(),
                provider: "p",
                model: "m",
                tokenCount: 1,
                inputTokenCount: 2,
                outputTokenCount: 3,
                toolExecutionID: UUID(),
                outputRouting: .object(["x": .boolean(true)]),
                metadata: .object(["deep": .object(["er": .array([.string("\u{7f}")])])]),
                processedAt: Date(timeIntervalSince1970: 1_750_000_000.123456)
            )
        )
        _ = try await person.call(EditMessage(messageID: root.id, text: "edited root"))
        _ = try await person.call(
            AppendMessage(
                conversationID: id,
                parentID: root.id,
                role: .tool,
                text: "",
                isError: true,
                errorDetails: .object(["code": .integer(Int64.min)])
            )
        )
        _ = try await person.call(
            SelectBranch(conversationID: id, leafID: answer.message.id)
        )
        _ = try await person.call(PinConversation(conversationID: id))
        _ = try await person.call(UpdateConversation(conversationID: id, status: .transferred))
        return id
    }

    /// A file without the time at which it was made.
    private func body(_ file: Data) -> String {
        let text = String(decoding: file, as: UTF8.self)
        guard let range = text.range(of: #""exportedAt":"[^"]*""#, options: .regularExpression)
        else { return text }
        return text.replacingCharacters(in: range, with: "")
    }

    @Test func `an export that another person imports exports as the same bytes`() async throws {
        let (owner, other) = (try await newPerson(), try await newPerson())
        let rich = try await self.makeRich(owner)
        _ = try await owner.begin("empty")
        let file = try await owner.give()
        let report = try await other.take(file)
        #expect(report.importedCount == 2 && report.failedCount == 0 && report.messageCount == 4)
        #expect(self.body(try await other.give()) == self.body(file))
        // The original is untouched, and importing it again, by anybody, changes nothing.
        let again = try await other.take(file, format: .steward, chunk: 1000)
        #expect(again.importedCount == 0 && again.skippedCount == 2)
        let own = try await owner.take(file)
        #expect(own.importedCount == 0 && own.skippedCount == 2)
        #expect(try await owner.call(GetConversation(conversationID: rich)).title.hasPrefix("Rich"))
    }

    @Test func `what was imported is a conversation like any other`() async throws {
        let (owner, other) = (try await newPerson(), try await newPerson())
        let id = try await self.makeRich(owner)
        _ = try await other.take(try await owner.give([id]))
        let original = try await owner.call(GetConversation(conversationID: id))
        let copy = try #require(try await other.call(ListConversations()).conversations.first)
        #expect(copy.id != id && copy.ownerID == other.id && copy.version == 1)
        #expect(copy.sourceFormat == "steward")
        #expect(copy.sourceID == id.uuidString.lowercased())
        #expect(copy.createdAt == original.createdAt)
        #expect(copy.lastMessageAt == original.lastMessageAt)
        let branch = try await other.messages(ListMessages(conversationID: copy.id))
        #expect(branch.map(\.text) == ["root\u{2028}text", "answer"])
        #expect(try await other.call(SearchMessages(query: "answer")).hits.count == 1)
        let next = try await other.say("more", in: copy.id)
        #expect(next.sequence == 5 && next.parentID == branch[1].id)
        let events = try await other.client.stream(
            WatchConversation(conversationID: copy.id),
            options: other.options
        )
        var kinds: [ConversationEventKind] = []
        for try await event in events {
            kinds.append(event.kind)
            if kinds.count == 2 { break }
        }
        #expect(kinds == [.imported, .messageAppended])
    }

    @Test func `a deleted conversation can be imported again`() async throws {
        let person = try await newPerson()
        let id = try await self.makeRich(person)
        let file = try await person.give([id])
        _ = try await person.call(DeleteConversation(conversationID: id))
        #expect(try await person.take(file).importedCount == 1)
        #expect(try await person.take(file).skippedCount == 1)
    }

    @Test func `imports of one file at the same time make each conversation once`()
        async throws
    {
        let (owner, other) = (try await newPerson(), try await newPerson())
        for number in 0..<5 { try await owner.say("m", in: try await owner.begin("\(number)").id) }
        let file = try await owner.give()
        let reports = try await withThrowingTaskGroup(of: ImportReport.self) { group in
            for _ in 0..<4 { group.addTask { try await other.take(file) } }
            return try await group.reduce(into: [ImportReport]()) { $0.append($1) }
        }
        #expect(reports.reduce(0) { $0 + $1.importedCount } == 5)
        #expect(reports.reduce(0) { $0 + $1.skippedCount } == 15)
        #expect(try await other.call(ListConversations()).conversations.count == 5)
    }

    @Test(arguments: [100, 60_000])
    func `an export of Open WebUI becomes conversations with their branches`(
        chunk: Int
    )
        async throws
    {
        let person = try await newPerson()
        let url = try #require(
            Bundle.module.url(
                forResource: "openwebui-chats",
                withExtension: "json",
                subdirectory: "Samples"
            )
        )
        let file = try Data(contentsOf: url)
        let report = try await person.take(file, chunk: chunk)
        #expect(report.format == .openWebUI)
        #expect(report.importedCount == 2 && report.failedCount == 2)
        #expect(report.messageCount == 8)
        #expect(
            report.failures.map(\.reason)
                == ["conversations.import_cycle", "conversations.import_malformed"]
        )
        #expect(report.failures.map(\.index) == [2, 3])

        let listed = try await person.call(ListConversations()).conversations
        let chat = try #require(listed.first)
        #expect(listed.count == 1 && chat.title == "🐘 Postgres Vacuum Explained")
        #expect(chat.isPinned && chat.systemPrompt == "You answer briefly.")
        #expect(chat.temperature == 0.4 && chat.model == "llama3.1:8b")
        #expect(chat.sourceFormat == "openwebui")
        #expect(chat.createdAt == Date(timeIntervalSince1970: 1_731_062_400))
        let branch = try await person.messages(ListMessages(conversationID: chat.id))
        #expect(
            branch.map(\.text) == [
                "What does VACUUM do?", "It reclaims storage occupied by dead tuples.",
                "And autovacuum?", "",
            ]
        )
        #expect(branch[1].model == "gpt-4o" && branch[1].inputTokenCount == 21)
        #expect(branch[1].outputTokenCount == 33 && branch[0].parts?.count == 2)
        #expect(branch[3].isError)
        #expect(
            branch[3].errorDetails == .object(["content": .string("429: rate limit reached")])
        )
        let tree = try await person.messages(
            ListMessages(conversationID: chat.id, scope: .tree)
        )
        #expect(tree.count == 6 && tree[0].text == "A message whose parent was lost.")
        #expect(!tree.contains { $0.parts?.description.contains("iVBOR") ?? false })
        let old = try await person.call(ListConversations(isArchived: true)).conversations
        let oldBranch = try await person.messages(
            ListMessages(conversationID: try #require(old.first).id)
        )
        #expect(oldBranch.map(\.text).last == "Listed only." && oldBranch.count == 2)
        #expect(try await person.take(file).skippedCount == 2)
    }

    @Test func `what Open WebUI gave goes through our own format unchanged`() async throws {
        let (person, other) = (try await newPerson(), try await newPerson())
        let url = try #require(
            Bundle.module.url(
                forResource: "openwebui-chats",
                withExtension: "json",
                subdirectory: "Samples"
            )
        )
        let foreign = try Data(contentsOf: url)
        _ = try await person.take(foreign)
        let file = try await person.give()
        #expect(try await other.take(file).importedCount == 2)
        #expect(self.body(try await other.give()) == self.body(file))
        // It is still known by the id that Open WebUI gave it.
        #expect(try await other.take(foreign).skippedCount == 2)
    }

    @Test func `the sample that the repository ships is taken in and found again`() async throws {
        let person = try await newPerson()
        let root = URL(filePath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        let file = try Data(contentsOf: root.appending(path: "deploy/samples/welcome.json"))
        let report = try await person.take(file)
        #expect(report.importedCount == 3 && report.failures.isEmpty)
        let listed = try await person.call(ListConversations()).conversations
        #expect(listed.first?.title == "First steps with Steward")
        let hits = try await person.call(SearchMessages(query: "retry stored twice")).hits
        #expect(hits.first?.conversationTitle == "First steps with Steward")
        let trees = try await withThrowingTaskGroup(of: [Message].self) { group in
            for conversation in listed {
                group.addTask {
                    try await person.messages(
                        ListMessages(conversationID: conversation.id, scope: .tree)
                    )
                }
            }
            return try await group.reduce(into: [Message]()) { $0 += $1 }
        }
        #expect(trees.contains { $0.editedFromID != nil } && trees.contains(where: \.isError))
    }

    /// A file in our format with these conversations.
    private func file(_ conversations: String) -> Data {
        Data(
            #"{"format":"steward-conversations","version":1,"conversations":[\#(conversations)]}"#
                .utf8
        )
    }

    private func conversation(_ id: String, _ messages: String, _ more: String = "") -> String {
        #"{"id":"\#(id)","title":"T"\#(more),"createdAt":"2026-01-01T00:00:00Z","#
            + #""messages":[\#(messages)]}"#
    }

    private func message(_ id: String, _ more: String = "") -> String {
        #"{"id":"\#(id)","role":"user","text":"t","createdAt":"2026-01-01T00:00:00Z"\#(more)}"#
    }

    @Test func `one bad conversation does not keep out the others`() async throws {
        let person = try await newPerson()
        let deep = String(repeating: "[", count: 5000) + String(repeating: "]", count: 5000)
        let bad: [(String, String)] = [
            (
                self.conversation("a", self.message("1", #","parentID":"2""#)),
                "import_parent_missing"
            ),
            (
                self.conversation(
                    "b",
                    self.message("1") + "," + self.message("1")
                ), "import_duplicate_message"
            ),
            (
                self.conversation("c", self.message("1", #","metadata":\#(deep)"#)),
                "import_malformed"
            ),
            (self.conversation("d", "17"), "import_malformed"),
            (self.conversation("e", self.message("1", #","isError":"no""#)), "import_malformed"),
            (self.conversation("f", self.message("1", #","type":"smell""#)), "field_invalid"),
            (
                self.conversation("g", self.message("1", #","contentHash":"00""#)),
                "import_damaged"
            ),
            (
                self.conversation("h", self.message("1", #","metadata":{"a":"\u0000"}"#)),
                "field_invalid"
            ),
            (#"{"title":"no id","createdAt":"2026-01-01T00:00:00Z"}"#, "import_malformed"),
            (#"{"id":"i","title":"no time"}"#, "import_malformed"),
            (self.conversation("j", "", #","temperature":99"#), "field_invalid"),
            (
                self.conversation(
                    "k",
                    self.message("1", #","x":"\#(String(repeating: "y", count: 9_000_000))""#)
                ),
                "import_too_large"
            ),
            (self.conversation("l", self.message("1", #","mediaSize":1e400"#)), "import_malformed"),
        ]
        let file = self.file(
            (bad.map(\.0) + [self.conversation("good", self.message("1"))])
                .joined(separator: ",")
        )
        let report = try await person.take(file)
        #expect(report.importedCount == 1 && report.failedCount == bad.count)
        for (failure, expected) in zip(report.failures, bad) {
            #expect(failure.reason == "conversations.\(expected.1)", "\(failure)")
        }
        #expect(try await person.call(ListConversations()).conversations.count == 1)
        let left = try await TestInstance.shared().database.read(
            "SELECT 1 FROM conversations.import_messages",
            as: .person(person.id)
        )
        #expect(left.rows.isEmpty)
    }

    @Test(arguments: [
        "", "  ", "{", "17", "\"text\"", "[", "{\"format\":\"other\"}", "{}",
        #"{"format":"steward-conversations","version":2,"conversations":[]}"#,
        #"{"format":"steward-conversations","version":1,"conversations":[{"id":"#,
    ])
    func `a file that is no export is refused as a whole`(text: String) async throws {
        let person = try await newPerson()
        await #expect(throws: RPCError.self) { _ = try await person.take(Data(text.utf8)) }
        #expect(try await person.call(ListConversations()).conversations.isEmpty)
    }

    @Test func `a file that breaks off keeps what came before`() async throws {
        let person = try await newPerson()
        let whole = self.file(
            self.conversation("a", self.message("1")) + ","
                + self.conversation("b", self.message("1"))
        )
        do {
            _ = try await person.take(whole.dropLast(30))
            Issue.record("it was taken as complete")
        } catch let error as RPCError {
            #expect(error.reason == "conversations.import_unreadable")
            #expect(error.details["importedCount"] == "1")
        }
        let report = try await person.take(whole)
        #expect(report.importedCount == 1 && report.skippedCount == 1)
    }

    @Test func `a chain of messages in the worst order is imported`() async throws {
        let person = try await newPerson()
        // A sample where many tests share the machine.
        let isHeavy = ProcessInfo.processInfo.environment["STEWARD_TEST_HEAVY"] == "1"
        let count = isHeavy ? 4_000 : 1_000
        // Children first, all with the same time: order must come from the tree alone.
        let messages = (0..<count).reversed().map { number in
            let parent = number == 0 ? "null" : #""m\#(number - 1)""#
            return #""m\#(number)":{"id":"m\#(number)","parentId":\#(parent),"#
                + #""role":"user","content":"number \#(number)","timestamp":1700000000}"#
        }
        let history =
            #"{"messages":{\#(messages.joined(separator: ","))},"currentId":"m\#(count - 1)"}"#
        let file = Data(
            #"[{"id":"chain","title":"Chain","chat":{"history":\#(history)}}]"#.utf8
        )
        let report = try await person.take(file)
        #expect(report.messageCount == Int64(count) && report.failures.isEmpty)
        let id = try #require(try await person.call(ListConversations()).conversations.first).id
        let page = try await person.call(
            ListMessages(conversationID: id, direction: .newestFirst, pageSize: 3)
        )
        #expect(page.messages.map(\.text) == (1...3).map { "number \(count - $0)" })
        #expect(page.messages.map(\.sequence) == (0..<3).map { Int64(count - $0) })
    }
}
