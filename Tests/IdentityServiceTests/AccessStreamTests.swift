internal import FoundationEssentials
internal import IdentityAPI
internal import Locks
internal import Postgres
internal import RPC
internal import ServiceKit
internal import ServiceLifecycle
internal import Testing

@testable import IdentityService

@Suite("The access stream")
struct AccessStreamTests {
    /// Collects what a follower receives until it has seen enough.
    private final class Collected: Sendable {
        private let events = Mutex<[AccessEvent]>([])

        struct Enough: Error {}

        /// Takes an event and throws ``Enough`` once `isEnough` says so.
        func take(_ event: AccessEvent, until isEnough: ([AccessEvent]) -> Bool) throws {
            let events = self.events.withLock { events in
                events.append(event)
                return events
            }
            if isEnough(events) { throw Enough() }
        }

        var all: [AccessEvent] { self.events.withLock { $0 } }
    }

    /// Runs a feed, as one instance of the service does, while `body` runs.
    private func withFeed<Value: Sendable>(
        _ fixture: IdentityFixture, _ body: (AccessFollowing) async throws -> Value
    ) async throws -> Value {
        let feed = AccessFeed(database: fixture.database, logger: .silent)
        let following = AccessFollowing(
            feed: feed, store: AccessEventStore(database: fixture.database))
        return try await withThrowingTaskGroup { group in
            group.addTask { try await feed.run() }
            defer { group.cancelAll() }
            return try await body(following)
        }
    }

    /// Follows until enough was received.
    private func follow(
        _ following: AccessFollowing, after: Int64? = nil, includesProfiles: Bool = false,
        until isEnough: @escaping @Sendable ([AccessEvent]) -> Bool
    ) async throws -> [AccessEvent] {
        let collected = Collected()
        do {
            try await following.follow(after: after, includesProfiles: includesProfiles) {
                try collected.take($0, until: isEnough)
            }
        } catch is Collected.Enough {}
        return collected.all
    }

    @Test("A newcomer gets a snapshot of one instant, and then changes")
    func snapshot() async throws {
        try await IdentityFixture.with { fixture in
            try await SigningKeyStore(database: fixture.database).register(
                fixture.signer.key, recordingIn: fixture.audit)
            let root = try await fixture.person(role: "superadmin")
            let plain = try await fixture.person()
            let disabled = try await fixture.person()
            _ = try await fixture.users.setActive(
                SetUserActive(userID: disabled.id, isActive: false), root.call())
            try await self.withFeed(fixture) { following in
                let events = try await self.follow(following) {
                    $0.last?.kind == .snapshotEnded
                }
                #expect(events.first?.kind == .snapshotBegan)
                #expect(Set(events.map(\.position)).count == 1)
                #expect(events.compactMap(\.signingKey) == [fixture.signer.key])
                #expect(events.compactMap(\.role?.name).count == 4)
                let people = events.compactMap(\.person)
                #expect(Set(people.map(\.userID)) == [root.id, disabled.id])
                #expect(!people.contains { $0.userID == plain.id })
                #expect(
                    events.compactMap(\.session?.sessionID) == [disabled.signedIn.sessionID])
                let more = try await self.follow(following) { $0.last?.kind == .heartbeat }
                #expect(more.last?.position == more.first?.position)
            }
        }
    }

    @Test("Who asks for it follows everybody's name, and nobody else is sent it")
    func profiles() async throws {
        try await IdentityFixture.with { fixture in
            let plain = try await fixture.person()
            let erased = try await fixture.person()
            try await fixture.asSuperuser(
                """
                UPDATE identity.users SET erased_at = now(), is_active = false, email = NULL,
                    email_key = NULL WHERE id = '\(erased.id)'
                """)
            try await self.withFeed(fixture) { following in
                let events = try await self.follow(following, includesProfiles: true) {
                    $0.last?.kind == .snapshotEnded
                }
                let position = try #require(events.last?.position)
                #expect(
                    Set(events.compactMap(\.profile)) == [
                        PersonProfile(userID: plain.id, username: plain.email),
                        PersonProfile(userID: erased.id, isErased: true),
                    ])
                _ = try await fixture.signUps.signUp(
                    SignUp(
                        email: "new@example.org", password: IdentityFixture.password,
                        displayName: "New", username: "newcomer"), .testing())
                let more = try await self.follow(
                    following, after: position, includesProfiles: true
                ) { $0.last?.profile?.username == "newcomer" }
                let reached = try #require(more.last?.position)
                let others = try await self.follow(following, after: position) {
                    $0.last?.position == reached
                }
                #expect(others.allSatisfy { $0.kind == .heartbeat })
                let snapshot = try await self.follow(following) {
                    $0.last?.kind == .snapshotEnded
                }
                #expect(snapshot.allSatisfy { $0.profile == nil })
            }
        }
    }

    @Test("A change made through one instance reaches the followers of another")
    func twoInstances() async throws {
        try await IdentityFixture.with { fixture in
            let person = try await fixture.person()
            try await self.withFeed(fixture) { first in
                try await self.withFeed(fixture) { second in
                    async let one = self.follow(first) { $0.last?.kind == .sessionRevoked }
                    async let two = self.follow(second) { $0.last?.kind == .sessionRevoked }
                    _ = try await fixture.sessions.signOut(SignOut(), person.call())
                    for events in try await [one, two] {
                        #expect(
                            events.last?.session?.sessionID == person.signedIn.sessionID)
                    }
                }
            }
        }
    }

    @Test("Positions have no gaps and follow the order of commits, however many write")
    func gapless() async throws {
        try await IdentityFixture.with { fixture in
            let person = try await fixture.person()
            var sessions: [UUID] = []
            for _ in 0..<40 { sessions.append(try await fixture.signIn(person.email).sessionID) }
            try await self.withFeed(fixture) { following in
                async let received = self.follow(following) {
                    $0.filter { $0.kind == .sessionRevoked }.count >= 40
                }
                await withTaskGroup { group in
                    for session in sessions {
                        group.addTask {
                            // A failure shows in what is received.
                            _ = try? await fixture.sessions.revoke(
                                RevokeSession(sessionID: session), person.call())
                        }
                    }
                }
                let events = try await received
                // Some may have been part of the snapshot; from there on there are no gaps.
                let news = events.drop { $0.kind != .snapshotEnded }
                    .filter { $0.kind == .sessionRevoked }.map(\.position)
                #expect(news == Array((40 - Int64(news.count) + 1)...40))
                #expect(
                    Set(events.compactMap(\.session?.sessionID)) == Set(sessions))
            }
            #expect(try await fixture.events().map(\.position) == Array(1...40))
        }
    }

    @Test("An undone change leaves no gap")
    func undone() async throws {
        try await IdentityFixture.with { fixture in
            struct Undone: Error {}
            await #expect(throws: Undone.self) {
                try await fixture.database.transaction(as: .purpose("administration")) {
                    transaction in
                    _ = try await transaction.execute(
                        "SELECT identity.publish_access('role', '{}')")
                    throw Undone()
                }
            }
            let person = try await fixture.person()
            _ = try await fixture.sessions.signOut(SignOut(), person.call())
            #expect(try await fixture.events().map(\.position) == [1])
        }
    }

    @Test("A follower goes on from any position with no event lost or repeated")
    func resume() async throws {
        try await IdentityFixture.with { fixture in
            let person = try await fixture.person()
            for _ in 0..<10 {
                let session = try await fixture.signIn(person.email).sessionID
                _ = try await fixture.sessions.revoke(
                    RevokeSession(sessionID: session), person.call())
            }
            try await self.withFeed(fixture) { following in
                for position in Int64(0)...10 {
                    let events = try await self.follow(following, after: position) {
                        $0.last?.kind == .heartbeat
                    }
                    #expect(
                        events.dropLast().map(\.position)
                            == (position < 10 ? Array((position + 1)...10) : []))
                }
            }
        }
    }

    @Test("A position that is pruned, or lies in the future, begins with a snapshot")
    func pruned() async throws {
        try await IdentityFixture.with { fixture in
            let person = try await fixture.person()
            for _ in 0..<3 {
                let session = try await fixture.signIn(person.email).sessionID
                _ = try await fixture.sessions.revoke(
                    RevokeSession(sessionID: session), person.call())
            }
            try await fixture.asSuperuser(
                """
                UPDATE identity.access_events SET created_at = now() - interval '2 days'
                WHERE position <= 2
                """)
            _ = try await fixture.maintenance.prune()
            try await self.withFeed(fixture) { following in
                for position: Int64 in [0, 1, 99, -1] {
                    let events = try await self.follow(following, after: position) {
                        $0.last?.kind == .snapshotEnded
                    }
                    #expect(events.first?.kind == .snapshotBegan)
                    #expect(events.last?.position == 3)
                }
                let events = try await self.follow(following, after: 2) {
                    $0.last?.kind == .sessionRevoked
                }
                #expect(events.map(\.position) == [3])
            }
        }
    }

    @Test("Identity's own authorizer learns of a revocation through the same stream")
    func ownAuthorizer() async throws {
        try await IdentityFixture.with { fixture in
            let person = try await fixture.person()
            try await SigningKeyStore(database: fixture.database).register(
                fixture.signer.key, recordingIn: fixture.audit)
            let service = IdentityComposition(
                database: fixture.database, passwords: fixture.passwords,
                signer: fixture.signer, audit: fixture.audit, logger: .silent)
            let composition = service.composition
            try await withThrowingTaskGroup { group in
                for service in composition.background { group.addTask { try await service.run() } }
                defer { group.cancelAll() }
                func isAccepted() async -> Bool? {
                    do {
                        let caller = try await composition.authorizer.authorize(
                            GetMe.contract, token: person.signedIn.accessToken,
                            peer: Peer(source: .inProcess))
                        return caller?.userID == person.id
                    } catch {
                        return (error as? RPCError)?.code == .unavailable ? nil : false
                    }
                }
                while await isAccepted() == nil { await Task.yield() }
                #expect(await isAccepted() == true)
                _ = try await fixture.sessions.signOut(SignOut(), person.call())
                while await isAccepted() == true { await Task.yield() }
                #expect(await isAccepted() == false)
            }
        }
    }

    @Test("A key is published once, retired when nobody signs with it, and revived with its use")
    func keys() async throws {
        try await IdentityFixture.with { fixture in
            let store = SigningKeyStore(database: fixture.database)
            let key = fixture.signer.key
            for _ in 0..<3 {
                try await store.register(key, recordingIn: fixture.audit)
            }
            try await store.retireUnused(recordingIn: fixture.audit)
            #expect(try await store.list(deadline: nil) == [key])
            #expect(try await fixture.events().map(\.kind) == [.signingKey])
            try await fixture.asSuperuser(
                "UPDATE identity.signing_keys SET last_used_at = now() - interval '11 minutes'")
            try await store.retireUnused(recordingIn: fixture.audit)
            #expect(try await store.list(deadline: nil) == [])
            try await store.register(key, recordingIn: fixture.audit)
            #expect(try await store.list(deadline: nil) == [key])
            let events = try await fixture.events()
            #expect(events.map(\.kind) == [.signingKey, .signingKeyRetired, .signingKey])
            #expect(events.allSatisfy { $0.signingKey == key })
        }
    }
}
