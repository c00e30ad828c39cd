import IdentityAPI
import RPC
import ServiceKit
import Testing

import struct FoundationEssentials.Date
import struct FoundationEssentials.UUID

@Suite("The state of access")
struct AccessStateTests {
    @Test("Before the first snapshot has arrived as a whole, nothing is known and all is stale")
    func beforeSnapshot() async throws {
        let state = AccessState(clock: TestClock().clock)
        #expect(!state.isFresh)
        #expect(state.position == nil)
        for kind in [AccessEventKind.heartbeat, .snapshotBegan, .heartbeat] {
            state.apply(AccessEvent(position: 1, kind: kind))
            #expect(!state.isFresh)
        }
        state.apply(
            AccessEvent(
                position: 5,
                kind: .role,
                role: RoleAccess(name: "member", permissions: ["a:b"])
            )
        )
        #expect(!state.withSnapshot { $0.grants("a:b", to: UUID()) })
        state.apply(AccessEvent(position: 5, kind: .snapshotEnded))
        #expect(state.isFresh)
        #expect(state.position == 5)
        #expect(state.withSnapshot { $0.grants("a:b", to: UUID()) })
    }

    @Test("A snapshot replaces everything at once, at its end")
    func replacement() async throws {
        let world = try await AccessWorld()
        world.grant(permissions: ["old:thing"])
        world.state.streamBegan()
        world.apply(.snapshotBegan, position: 9)
        world.role("member", ["new:thing"])
        let userID = world.userID
        #expect(world.state.withSnapshot { $0.grants("old:thing", to: userID) })
        #expect(!world.state.withSnapshot { $0.grants("new:thing", to: userID) })
        world.apply(.snapshotEnded, position: 9)
        #expect(!world.state.withSnapshot { $0.grants("old:thing", to: userID) })
        #expect(world.state.withSnapshot { $0.grants("new:thing", to: userID) })
        #expect(world.state.position == 9)
    }

    @Test("A snapshot that is cut off by a new stream changes nothing")
    func interruptedSnapshot() async throws {
        let world = try await AccessWorld()
        world.grant(permissions: ["old:thing"])
        world.state.streamBegan()
        world.apply(.snapshotBegan, position: 9)
        world.state.streamBegan()
        world.apply(.snapshotEnded, position: 9)
        let userID = world.userID
        #expect(world.state.withSnapshot { $0.grants("old:thing", to: userID) })
    }

    @Test(
        "Roles and people change by events; unknown kinds and missing payloads change nothing"
    )
    func deltas() async throws {
        let world = try await AccessWorld()
        let (state, userID) = (world.state, world.userID)
        func grants(_ permission: String) -> Bool {
            state.withSnapshot { $0.grants(permission, to: userID) }
        }
        world.grant(roles: ["editor"])
        #expect(!grants("page:edit"))
        world.role("editor", ["page:edit"])
        #expect(grants("page:edit"))
        for kind in AccessEventKind.knownCases where kind != .snapshotBegan {
            state.apply(AccessEvent(position: 3, kind: kind))
        }
        state.apply(AccessEvent(position: 4, kind: AccessEventKind(rawValue: "from_the_future")))
        #expect(grants("page:edit"))
        world.role("editor", [], isDeleted: true)
        #expect(!grants("page:edit"))
        world.grant(permissions: ["page:edit"])
        #expect(grants("page:edit"))
        world.grant(permissions: ["page:edit"], isActive: false)
        #expect(!grants("page:edit"))
    }

    @Test(
        "A permission is granted by its name, by its resource, or by everything",
        arguments: [
            (["users:read"], "users:read", true), (["users:*"], "users:read", true),
            (["*:*"], "users:read", true), (["users:write"], "users:read", false),
            (["user:*"], "users:read", false), (["*:read"], "users:read", false),
            (["*"], "users:read", false), ([], "users:read", false), (["users:*"], "users", false),
        ]
    )
    func permissions(granted: [String], asked: String, answer: Bool) {
        #expect(PermissionSet(granted).contains(asked) == answer)
    }

    @Test("It is fresh up to the tolerance and stale beyond; a heartbeat renews it")
    func staleness() async throws {
        let world = try await AccessWorld()
        world.clock.advance(by: .seconds(10))
        #expect(world.state.isFresh)
        world.clock.advance(by: .nanoseconds(1))
        #expect(!world.state.isFresh)
        #expect(world.state.health.isReady == false)
        world.apply(.heartbeat)
        #expect(world.state.isFresh)
        #expect(world.state.health.isReady)
    }

    @Test("On a new stream old news does not renew it; having caught up does")
    func catchingUp() async throws {
        let world = try await AccessWorld()
        world.clock.advance(by: .seconds(11))
        world.state.streamBegan()
        world.role("member", ["a:b"])
        #expect(!world.state.isFresh)
        world.apply(.heartbeat)
        #expect(world.state.isFresh)
        world.clock.advance(by: .seconds(11))
        world.role("member", ["a:c"])
        #expect(world.state.isFresh)
    }

    @Test("A revoked session is forgotten when no token of it can be valid any more")
    func pruning() async throws {
        let world = try await AccessWorld()
        world.revokeSession()
        #expect(world.state.withSnapshot { $0.revokedSessions.count } == 1)
        world.clock.advance(by: .seconds(300))
        world.state.tick()
        #expect(world.state.withSnapshot { $0.revokedSessions.count } == 1)
        world.clock.advance(by: .seconds(1))
        world.state.tick()
        #expect(world.state.withSnapshot { $0.revokedSessions.count } == 0)
    }

    @Test("Tokens issued before a person's cut are refused, those issued in its second are not")
    func tokensValidAfter() async throws {
        let world = try await AccessWorld()
        let cut = world.state.now.addingTimeInterval(0.7)
        world.grant(tokensValidAfter: cut)
        let (before, same) = (world.claims(issuedAgo: 1), world.claims(issuedAgo: 0))
        #expect(world.state.withSnapshot { $0.refusal(of: before) } == .sessionRevoked)
        #expect(world.state.withSnapshot { $0.refusal(of: same) } == nil)
    }
}

@Suite("Revocation of open streams")
struct RevocationTests {
    @Test("The session's revocation is heard at once, once, and by its streams only")
    func session() async throws {
        let world = try await AccessWorld()
        let (mine, other) = (EndRecord(), EndRecord())
        let registration = world.state.whenRevoked(world.caller) { mine.record($0) }
        let foreign = Caller(
            userID: UUID(),
            sessionID: UUID(),
            authenticatedAt: world.state.now,
            expiresAt: world.state.now.addingTimeInterval(300)
        )
        let otherRegistration = world.state.whenRevoked(foreign) { other.record($0) }
        #expect(mine.reasons.isEmpty)
        world.revokeSession()
        #expect(mine.reasons == ["rpc.session_revoked"])
        world.revokeSession()
        world.grant(isActive: false)
        #expect(mine.reasons.count == 1)
        #expect(other.reasons.isEmpty)
        #expect(world.state.watcherCount == 1)
        registration.cancel()
        otherRegistration.cancel()
        #expect(world.state.watcherCount == 0)
    }

    @Test("A person's deactivation, a cut of tokens, and a snapshot that says so end streams")
    func otherCauses() async throws {
        for cause in 0..<3 {
            let world = try await AccessWorld()
            let record = EndRecord()
            _ = world.state.whenRevoked(world.caller) { record.record($0) }
            switch cause {
            case 0: world.grant(isActive: false)
            case 1: world.grant(tokensValidAfter: world.state.now.addingTimeInterval(1))
            default:
                world.apply(.snapshotBegan)
                world.grant(isActive: false)
                #expect(record.reasons.isEmpty)
                world.apply(.snapshotEnded)
            }
            #expect(record.reasons == ["rpc.session_revoked"], "cause \(cause)")
        }
    }

    @Test("A stream ends with its token")
    func expiry() async throws {
        let world = try await AccessWorld()
        let record = EndRecord()
        _ = world.state.whenRevoked(world.caller) { record.record($0) }
        for _ in 0..<30 {
            world.clock.advance(by: .seconds(9))
            world.apply(.heartbeat)
            world.state.tick()
        }
        #expect(record.reasons.isEmpty)
        world.clock.advance(by: .seconds(30))
        world.apply(.heartbeat)
        world.state.tick()
        #expect(record.reasons == ["rpc.token_expired"])
    }

    @Test("When identity is not heard for too long, open streams end too")
    func staleness() async throws {
        let world = try await AccessWorld()
        let record = EndRecord()
        _ = world.state.whenRevoked(world.caller) { record.record($0) }
        world.clock.advance(by: .seconds(10))
        world.state.tick()
        #expect(record.reasons.isEmpty)
        world.clock.advance(by: .seconds(1))
        world.state.tick()
        #expect(record.reasons == ["access.stale"])
    }

    @Test("Whoever asks too late hears it at once")
    func late() async throws {
        let world = try await AccessWorld()
        world.revokeSession()
        let record = EndRecord()
        _ = world.state.whenRevoked(world.caller) { record.record($0) }
        #expect(record.reasons == ["rpc.session_revoked"])
        #expect(world.state.watcherCount == 0)
    }

    @Test("A cancelled registration hears nothing")
    func cancelled() async throws {
        let world = try await AccessWorld()
        let record = EndRecord()
        world.state.whenRevoked(world.caller) { record.record($0) }.cancel()
        world.revokeSession()
        #expect(record.reasons.isEmpty)
    }
}
