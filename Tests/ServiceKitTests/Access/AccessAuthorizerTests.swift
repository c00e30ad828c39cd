import IdentityAPI
import Locks
import Logging
import RPC
import ServiceKit
import Testing

@Suite("Authorization")
struct AccessAuthorizerTests {
    private let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    private func authorizer(_ world: AccessWorld) -> AccessAuthorizer {
        AccessAuthorizer(state: world.state, logger: self.quiet, clock: world.clock.clock)
    }

    private func contract(_ access: AccessRule) -> MethodContract {
        MethodContract("test.Method", documentation: "", access: access, repeatability: .readOnly)
    }

    /// What a call comes to: the reason of its refusal, or whether it has a caller.
    private func outcome(
        _ access: AccessRule,
        token: String?,
        peers: Set<String> = [],
        at authorizer: AccessAuthorizer? = nil,
        _ world: AccessWorld
    ) async throws -> String {
        do {
            let caller = try await (authorizer ?? self.authorizer(world)).authorize(
                self.contract(access),
                token: token,
                peer: Peer(source: .inProcess, names: peers)
            )
            #expect(caller == nil || caller?.userID == world.userID)
            return caller == nil ? "nobody" : "person"
        } catch let error as RPCError {
            return error.reason
        }
    }

    @Test(
        "Every rule is decided for nobody, a person, a person with the permission, and a peer",
        arguments: [
            (AccessRule.anyone, ["nobody", "person", "person", "nobody"]),
            (.signedIn, ["rpc.token_missing", "person", "person", "rpc.token_missing"]),
            (
                .permission("users:read"),
                ["rpc.token_missing", "rpc.permission_missing", "person", "rpc.token_missing"]
            ),
            (
                .peers(["audit"]),
                ["rpc.peer_refused", "rpc.peer_refused", "rpc.peer_refused", "nobody"]
            ),
            (
                .all([.peers(["audit"]), .signedIn]),
                ["rpc.peer_refused", "rpc.peer_refused", "rpc.peer_refused", "rpc.token_missing"]
            ),
            (
                .any([.peers(["audit"]), .permission("users:read")]),
                ["rpc.token_missing", "rpc.permission_missing", "person", "nobody"]
            ),
            (
                .all([]),
                ["rpc.peer_refused", "rpc.peer_refused", "rpc.peer_refused", "rpc.peer_refused"]
            ),
            (
                .any([]),
                ["rpc.peer_refused", "rpc.peer_refused", "rpc.peer_refused", "rpc.peer_refused"]
            ),
            (
                .all([.signedIn, .any([.permission("users:read"), .permission("a:b")])]),
                ["rpc.token_missing", "rpc.permission_missing", "person", "rpc.token_missing"]
            ),
        ]
    )
    func matrix(rule: AccessRule, outcomes: [String]) async throws {
        let world = try await AccessWorld()
        let token = try await world.token()
        #expect(try await self.outcome(rule, token: nil, world) == outcomes[0])
        #expect(try await self.outcome(rule, token: token, world) == outcomes[1])
        world.role("reader", ["users:*"])
        world.grant(roles: ["reader"])
        #expect(try await self.outcome(rule, token: token, world) == outcomes[2])
        #expect(try await self.outcome(rule, token: nil, peers: ["audit"], world) == outcomes[3])
    }

    @Test("What needs a token for one service takes no other, and nobody else takes that one")
    func audience() async throws {
        let world = try await AccessWorld()
        let (ordinary, special) = (try await world.token(), try await world.token(for: "vault"))
        let rule = AccessRule.all([.tokenFor("vault"), .signedIn])
        let vault = AccessAuthorizer(
            state: world.state, audiences: [AccessTokenClaims.audience, "vault"],
            logger: self.quiet, clock: world.clock.clock)
        let outcomes: [(token: String?, outcome: String)] = [
            (nil, "rpc.token_missing"), (ordinary, "rpc.token_not_for_service"),
            (special, "person"),
        ]
        for (token, expected) in outcomes {
            let outcome = try await self.outcome(rule, token: token, at: vault, world)
            #expect(outcome == expected)
        }
        // The service takes it for everything, and other services for nothing.
        #expect(try await self.outcome(.signedIn, token: special, at: vault, world) == "person")
        #expect(try await self.outcome(.signedIn, token: special, world) == "rpc.token_invalid")
    }

    @Test("Both a peer and a person may be asked for, and both are then needed")
    func both() async throws {
        let world = try await AccessWorld()
        let token = try await world.token()
        let rule = AccessRule.all([.peers(["audit"]), .signedIn])
        #expect(try await self.outcome(rule, token: token, peers: ["audit"], world) == "person")
    }

    @Test("A missing permission is named, and the error does not invite a retry")
    func missingPermission() async throws {
        let world = try await AccessWorld()
        let token = try await world.token()
        let error = try #require(
            await #expect(throws: RPCError.self) {
                try await self.authorizer(world).authorize(
                    self.contract(.permission("users:write")),
                    token: token,
                    peer: Peer(source: .inProcess)
                )
            }
        )
        #expect(error.code == .permissionDenied)
        #expect(error.details["permission"] == "users:write")
        #expect(error.retry == .never)
    }

    @Test("A token that is present must be valid, also where none is needed")
    func invalidToken() async throws {
        let world = try await AccessWorld()
        for rule in [AccessRule.anyone, .signedIn, .peers(["audit"])] {
            #expect(
                try await self.outcome(rule, token: "nonsense", peers: ["audit"], world)
                    == "rpc.token_invalid"
            )
        }
        let token = try await world.token()
        world.revokeSession()
        #expect(try await self.outcome(.anyone, token: token, world) == "rpc.session_revoked")
    }

    @Test("While access is stale only what needs no person is served, and retrying is advised")
    func staleness() async throws {
        let world = try await AccessWorld()
        let token = try await world.token()
        world.clock.advance(by: .seconds(11))
        #expect(try await self.outcome(.anyone, token: nil, world) == "nobody")
        #expect(try await self.outcome(.anyone, token: token, world) == "nobody")
        #expect(
            try await self.outcome(.peers(["audit"]), token: nil, peers: ["audit"], world)
                == "nobody"
        )
        #expect(try await self.outcome(.peers(["audit"]), token: nil, world) == "rpc.peer_refused")
        #expect(
            try await self.outcome(.peers(["audit"]), token: token, peers: ["audit"], world)
                == "access.stale"
        )
        #expect(try await self.outcome(.signedIn, token: token, world) == "access.stale")
        #expect(try await self.outcome(.signedIn, token: nil, world) == "access.stale")
        #expect(try await self.outcome(.permission("a:b"), token: token, world) == "access.stale")
        #expect(AccessRefusal.accessStale.rpcError.code == .unavailable)
        #expect(AccessRefusal.accessStale.rpcError.retry == .after(.seconds(1)))
        world.apply(.heartbeat)
        #expect(try await self.outcome(.signedIn, token: token, world) == "person")
    }

    @Test("A caller is who the token says, until when it says")
    func caller() async throws {
        let world = try await AccessWorld()
        let claims = world.claims()
        let caller = try await self.authorizer(world).authorize(
            self.contract(.signedIn),
            token: world.signer.sign(claims),
            peer: Peer(source: .inProcess)
        )
        #expect(caller?.sessionID == world.sessionID)
        #expect(caller?.expiresAt == claims.expiresAt)
        #expect(caller?.authenticatedAt == claims.authenticatedAt)
    }

    @Test("Denials are logged once per kind and interval, then as a count")
    func denialLog() {
        let lines = Mutex<[String]>([])
        let logger = Logger(label: "test") { label in
            ServiceLogHandler(
                label: label,
                format: .text,
                level: .trace,
                output: LogOutput { line in lines.withLock { $0.append(line) } }
            )
        }
        let denials = DenialLog(logger: logger)
        let start = ContinuousClock.now
        for _ in 0..<1_000 {
            denials.record(method: "a.B", reason: "r", peer: "p", at: start)
        }
        denials.record(method: "a.C", reason: "r", peer: "p", at: start)
        #expect(lines.withLock { $0.count } == 2)
        denials.flush(at: start + .seconds(9))
        #expect(lines.withLock { $0.count } == 2)
        denials.flush(at: start + .seconds(10))
        let written = lines.withLock { $0 }
        #expect(written.count == 3)
        #expect(written.last?.contains("count=999") == true)
        // However many kinds there are, lines stay bounded.
        for number in 0..<10_000 {
            denials.record(method: "a.M\(number)", reason: "r", peer: "p", at: start)
        }
        #expect(lines.withLock { $0.count } <= 3 + 257)
    }
}
