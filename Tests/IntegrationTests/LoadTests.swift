import ConversationsAPI
import Foundation
import RPC
import StewardTestSupport
import Testing

@Suite("Many callers at once", .serialized)
struct LoadTests {
    private static let callers = 64
    private static let rounds = TestSettings.isHeavy ? 200 : 8

    @Test("64 people append, list and search at once, and each finds exactly what is theirs")
    func manyCallers() async throws {
        let installation = try await Installation.shared()
        // One after the other, because only so many sign-ins are taken at once.
        var people: [Person] = []
        for _ in 0..<Self.callers { people.append(try await installation.newPerson()) }
        let began = ContinuousClock.now
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (number, person) in people.enumerated() {
                group.addTask { try await Self.converse(number, person) }
            }
            try await group.waitForAll()
        }
        let took = ContinuousClock.now - began
        let calls = Self.callers * Self.rounds * 2
        print("Load: \(calls) appends and lists by \(Self.callers) people in \(took).")
    }

    private static func converse(_ number: Int, _ person: Person) async throws {
        let conversation = try await person.call(CreateConversation())
        for round in 0..<Self.rounds {
            let text = "caller\(number) round\(round)"
            _ = try await person.call(
                AppendMessage(
                    conversationID: conversation.id,
                    role: .user,
                    text: text,
                    idempotencyKey: "\(round)"
                )
            )
            let listed = try await person.call(
                ListMessages(conversationID: conversation.id, direction: .newestFirst, pageSize: 1)
            )
            #expect(listed.messages.first?.text == text)
        }
        let found = try await person.call(SearchMessages(query: "caller\(number)"))
        #expect(found.hits.allSatisfy { $0.conversationID == conversation.id })
        #expect(!found.hits.isEmpty)
    }
}
