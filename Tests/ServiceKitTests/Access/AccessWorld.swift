import IdentityAPI
import Locks
import RPC
import ServiceKit
import Sodium

import struct FoundationEssentials.Date
import struct FoundationEssentials.UUID

/// A clock that stands still until a test moves it.
final class TestClock: Sendable {
    private let offset = Mutex(Duration.zero)
    private let beginning = (
        date: Date(timeIntervalSince1970: 1_700_000_000), instant: ContinuousClock.now
    )

    func advance(by duration: Duration) { self.offset.withLock { $0 += duration } }

    var clock: AccessClock {
        AccessClock(
            date: {
                self.beginning.date.addingTimeInterval(
                    self.offset.withLock { $0 } / Duration.seconds(1)
                )
            },
            instant: { self.beginning.instant + self.offset.withLock { $0 } }
        )
    }
}

/// An identity service's view of the world, without the service: keys, people, sessions.
struct AccessWorld {
    let clock = TestClock()
    let state: AccessState
    let signer: AccessTokenSigner
    let userID = UUID()
    let sessionID = UUID()

    init() async throws {
        self.state = AccessState(clock: self.clock.clock)
        self.signer = try await AccessTokenSigner(seed: SecretBytes(random: 32))
        self.apply(.snapshotBegan)
        self.state.apply(AccessEvent(position: 1, kind: .signingKey, signingKey: self.signer.key))
        self.apply(.snapshotEnded)
    }

    func apply(_ kind: AccessEventKind, position: Int64 = 1) {
        self.state.apply(AccessEvent(position: position, kind: kind))
    }

    func grant(
        roles: [String] = [],
        permissions: [String] = [],
        isActive: Bool = true,
        tokensValidAfter: Date? = nil
    ) {
        self.state.apply(
            AccessEvent(
                position: 2,
                kind: .person,
                person: PersonAccess(
                    userID: self.userID,
                    isActive: isActive,
                    roles: roles,
                    permissions: permissions,
                    tokensValidAfter: tokensValidAfter
                )
            )
        )
    }

    func role(_ name: String, _ permissions: [String], isDeleted: Bool = false) {
        self.state.apply(
            AccessEvent(
                position: 2,
                kind: .role,
                role: RoleAccess(name: name, permissions: permissions, isDeleted: isDeleted)
            )
        )
    }

    func revokeSession(_ id: UUID? = nil, until: Date? = nil) {
        self.state.apply(
            AccessEvent(
                position: 3,
                kind: .sessionRevoked,
                session: SessionRevocation(
                    sessionID: id ?? self.sessionID,
                    userID: self.userID,
                    until: until ?? self.state.now.addingTimeInterval(300)
                )
            )
        )
    }

    func claims(issuedAgo: Double = 1, validity: Duration = .seconds(300)) -> AccessTokenClaims {
        let issuedAt = self.state.now.addingTimeInterval(-issuedAgo)
        return AccessTokenClaims(
            userID: self.userID,
            sessionID: self.sessionID,
            authenticatedAt: issuedAt,
            issuedAt: issuedAt,
            validity: validity
        )
    }

    func token(for audience: String = AccessTokenClaims.audience) async throws -> String {
        var claims = self.claims()
        claims.aud = audience
        return try await self.signer.sign(claims)
    }

    var caller: Caller {
        Caller(
            userID: self.userID,
            sessionID: self.sessionID,
            authenticatedAt: self.state.now,
            expiresAt: self.state.now.addingTimeInterval(300)
        )
    }
}

/// What was said to end a stream.
final class EndRecord: Sendable {
    private let errors = Mutex<[RPCError]>([])

    func record(_ error: RPCError) { self.errors.withLock { $0.append(error) } }

    var reasons: [String] { self.errors.withLock { $0.map(\.reason) } }
}
