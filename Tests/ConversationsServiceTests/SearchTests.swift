import ConversationsAPI
import Foundation
import RPC
import Testing

@Suite struct SearchTests {
    private func texts(
        _ request: SearchMessages,
        _ person: Person,
        _ known: [UUID: String]
    ) async throws -> [String] {
        try await person.call(request).hits.map { known[$0.messageID] ?? "unknown" }
    }

    private func store(_ texts: [String], _ person: Person) async throws -> [UUID: String] {
        let conversation = try await person.begin("Search").id
        var known: [UUID: String] = [:]
        for text in texts { known[try await person.say(text, in: conversation).id] = text }
        return known
    }

    @Test func `rare words weigh more than frequent ones, and short messages more than long`()
        async throws
    {
        let person = try await newPerson()
        var texts = (1...30).map { "the deployment of service number \($0) went well" }
        texts += [
            "zebra deployment",
            "zebra " + (1...60).map { "filler\($0)" }.joined(separator: " "),
        ]
        let known = try await self.store(texts, person)
        let found = try await self.texts(
            SearchMessages(query: "zebra deployment", pageSize: 50),
            person,
            known
        )
        #expect(found.count == 32)
        #expect(found[0] == "zebra deployment")
        #expect(found[1].hasPrefix("zebra filler1"))
    }

    @Test func `a query of several words finds messages that have only some of them`()
        async throws
    {
        let person = try await newPerson()
        let known = try await self.store(
            ["Postgres replication lag", "Backups run at night", "Nothing of interest"],
            person
        )
        let found = try await self.texts(
            SearchMessages(query: "how do backups and replication interact"),
            person,
            known
        )
        #expect(Set(found) == ["Postgres replication lag", "Backups run at night"])
    }

    @Test func `words are found in every inflection, with phrases, exclusions and beginnings`()
        async throws
    {
        let person = try await newPerson()
        let known = try await self.store(
            [
                "We are deploying tonight", "The blue moon rises", "A moon that is blue",
                "The blue moon over the sea", "kubernetes-operator fails",
            ],
            person
        )
        func find(_ query: String) async throws -> Set<String> {
            Set(try await self.texts(SearchMessages(query: query), person, known))
        }
        #expect(try await find("deployed") == ["We are deploying tonight"])
        #expect(
            try await find("\"blue moon\"")
                == ["The blue moon rises", "The blue moon over the sea"]
        )
        #expect(try await find("\"blue moon\" -sea") == ["The blue moon rises"])
        #expect(try await find("moon -\"blue moon\"") == ["A moon that is blue"])
        #expect(try await find("kuber*") == ["kubernetes-operator fails"])
        #expect(try await find("the") == [])
        #expect(try await find("sea OR tonight").count == 2)
    }

    @Test func `hits carry where they are and what was found`() async throws {
        let person = try await newPerson()
        let conversation = try await person.begin("Rollout").id
        let message = try await person.say(
            String(repeating: "intro ", count: 50) + "the canary died quickly "
                + String(repeating: "outro ", count: 50),
            in: conversation,
            role: .assistant
        )
        let hit = try #require(try await person.call(SearchMessages(query: "canaries")).hits.first)
        #expect(hit.messageID == message.id && hit.conversationID == conversation)
        #expect(hit.conversationTitle == "Rollout" && hit.role == .assistant)
        #expect(hit.createdAt == message.createdAt && hit.score > 0)
        #expect(hit.snippet.contains("**canary**") && hit.snippet.count < 300)
    }

    @Test func `filters narrow what is found`() async throws {
        let person = try await newPerson()
        let (one, two) = (try await person.begin("one").id, try await person.begin("two").id)
        try await person.say("walrus asked", in: one)
        try await person.say("walrus answered", in: one, role: .assistant)
        try await person.say("walrus elsewhere", in: two)
        _ = try await person.call(ArchiveConversation(conversationID: two))
        _ = try await person.call(UpdateConversation(conversationID: one, contextType: .global))
        func count(_ request: SearchMessages) async throws -> Int {
            try await person.call(request).hits.count
        }
        #expect(try await count(.init(query: "walrus")) == 3)
        #expect(try await count(.init(query: "walrus", conversationID: one)) == 2)
        #expect(try await count(.init(query: "walrus", conversationID: UUID())) == 0)
        #expect(try await count(.init(query: "walrus", roles: [.assistant])) == 1)
        #expect(try await count(.init(query: "walrus", model: "m")) == 0)
        #expect(try await count(.init(query: "walrus", contextType: .global)) == 2)
        #expect(try await count(.init(query: "walrus", isArchived: true)) == 1)
        #expect(try await count(.init(query: "walrus", isArchived: false)) == 2)
        let tomorrow = Date(timeIntervalSinceNow: 86_400)
        #expect(try await count(.init(query: "walrus", createdFrom: tomorrow)) == 0)
        #expect(try await count(.init(query: "walrus", createdBefore: tomorrow)) == 3)
    }

    @Test func `pages of hits are complete, in order and without repeats`() async throws {
        let person = try await newPerson()
        let known = try await self.store(
            (1...23).map { "otter " + String(repeating: "pad ", count: $0) },
            person
        )
        var request = SearchMessages(query: "otter", pageSize: 5)
        var hits: [MessageHit] = []
        repeat {
            let page = try await person.call(request)
            hits += page.hits
            request.pageToken = page.nextPageToken
        } while request.pageToken != nil
        #expect(Set(hits.map(\.messageID)) == Set(known.keys) && hits.count == 23)
        #expect(hits.map(\.score) == hits.map(\.score).sorted(by: >))
        request = SearchMessages(query: "other words", pageToken: "AAAA")
        #expect(try await person.refusal(of: request) == "rpc.cursor_invalid")
    }

    @Test func `an edited message and its original are both found`() async throws {
        let person = try await newPerson()
        let conversation = try await person.begin().id
        let original = try await person.say("quokka one", in: conversation)
        _ = try await person.call(EditMessage(messageID: original.id, text: "quokka two"))
        #expect(try await person.call(SearchMessages(query: "quokka")).hits.count == 2)
    }
}
