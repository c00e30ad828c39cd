import ConversationsAPI
import Foundation
import IdentityAPI
import ProcessTestSupport
import RPC
import StewardTestSupport
import Testing

@Suite("Sessions end everywhere")
struct RevocationTests {
    @Test("A revoked session is refused by conversations within 1 s, and its open streams end")
    func revokedSession() async throws {
        let installation = try await Installation.shared()
        let person = try await installation.newPerson()
        let elsewhere = try await person.signInAgain()
        let conversation = try await person.call(CreateConversation())
        let stream = try await installation.client("conversations").stream(
            WatchConversation(conversationID: conversation.id),
            options: elsewhere.options
        )
        var events = stream.makeAsyncIterator()
        #expect(try await events.next()?.position == 1)

        _ = try await person.call(RevokeSession(sessionID: elsewhere.session.sessionID))
        let revokedAt = ContinuousClock.now

        let ended = await #expect(throws: RPCError.self) {
            while try await events.next() != nil {}
        }
        #expect(ended?.code == .unauthenticated)
        #expect(ContinuousClock.now - revokedAt < .seconds(1))
        try await eventually("the token is refused", within: .seconds(1)) {
            do {
                _ = try await elsewhere.call(GetConversation(conversationID: conversation.id))
                return false
            } catch let error as RPCError {
                return error.code == .unauthenticated
            }
        }
        #expect(ContinuousClock.now - revokedAt < .seconds(1))
        let kept = try await person.call(GetConversation(conversationID: conversation.id))
        #expect(kept.id == conversation.id)
    }

    @Test("A disabled person is refused by conversations within 1 s")
    func disabledPerson() async throws {
        let installation = try await Installation.shared()
        let person = try await installation.newPerson()
        let conversation = try await person.call(CreateConversation())
        let administrator = try await installation.administrator()
        _ = try await administrator.call(SetUserActive(userID: person.id, isActive: false))
        let disabledAt = ContinuousClock.now
        try await eventually("the person is refused", within: .seconds(1)) {
            do {
                _ = try await person.call(GetConversation(conversationID: conversation.id))
                return false
            } catch let error as RPCError {
                return error.code == .unauthenticated || error.code == .permissionDenied
            }
        }
        #expect(ContinuousClock.now - disabledAt < .seconds(1))
    }

    @Test("100 parallel refreshes with one token all get the one successor")
    func parallelRefreshes() async throws {
        let installation = try await Installation.shared()
        let person = try await installation.newPerson()
        let token = person.session.refreshToken
        let successors = try await withThrowingTaskGroup(of: String.self) { group in
            let clients = (0..<10).map { _ in installation.newClient("identity") }
            for number in 0..<100 {
                group.addTask {
                    try await clients[number % clients.count]
                        .call(RefreshSession(refreshToken: token)).refreshToken
                }
            }
            var found: [String] = []
            for try await successor in group { found.append(successor) }
            for client in clients { await client.close() }
            return found
        }
        #expect(successors.count == 100)
        #expect(Set(successors).count == 1)
        #expect(successors.first != token)
        let next = try await installation.client("identity").call(
            RefreshSession(refreshToken: try #require(successors.first))
        )
        #expect(next.sessionID == person.session.sessionID)
    }
}
