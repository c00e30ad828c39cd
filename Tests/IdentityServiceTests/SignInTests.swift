internal import FoundationEssentials
internal import IdentityAPI
internal import Postgres
internal import RPC
internal import ServiceKit
internal import Sodium
internal import Testing

@testable import IdentityService

@Suite("Signing in")
struct SignInTests {
    /// The error that a sign-in ends with.
    private func failure(_ work: () async throws -> SignedIn) async -> RPCError? {
        do {
            _ = try await work()
            return nil
        } catch {
            return error as? RPCError
        }
    }

    @Test("The right password opens a session, by address or user name in any letter case")
    func success() async throws {
        try await IdentityFixture.with { fixture in
            _ = try await fixture.signUps.signUp(
                SignUp(
                    email: "Ada@Example.org", password: IdentityFixture.password,
                    displayName: "Ada Lovelace", username: "AdaL", timeZone: "Europe/London"),
                .testing())
            for identifier in ["ada@example.org", "ADA@EXAMPLE.ORG ", "adal", "AdaL"] {
                let answer = try await fixture.signIn(identifier)
                #expect(answer.user.email == "Ada@Example.org")
                #expect(answer.user.username == "adal")
                #expect(answer.user.timeZone == "Europe/London")
                #expect(answer.user.lastSignInAt != nil)
                #expect(answer.user.passwordChangedAt != nil)
                #expect(answer.refreshToken.hasPrefix("str_"))
                #expect(answer.accessTokenExpiresAt > .now + 290)
                #expect(answer.refreshTokenExpiresAt > .now + 13.9 * 86_400)
                #expect(answer.accessToken.utf8.count <= 1_024)
            }
        }
    }

    @Test("The access token is one that every service accepts, until the session ends")
    func token() async throws {
        try await IdentityFixture.with { fixture in
            let person = try await fixture.person()
            let state = AccessState()
            let verifier = AccessTokenVerifier(state: state)
            state.apply(AccessEvent(position: 1, kind: .snapshotBegan))
            state.apply(
                AccessEvent(position: 1, kind: .signingKey, signingKey: fixture.signer.key))
            state.apply(AccessEvent(position: 1, kind: .snapshotEnded))
            let claims = try await verifier.verify(person.signedIn.accessToken)
            #expect(claims.sub == person.id)
            #expect(claims.sid == person.signedIn.sessionID)
            _ = try await fixture.sessions.signOut(SignOut(), person.call())
            for event in try await fixture.events() { state.apply(event) }
            await #expect(throws: AccessRefusal.sessionRevoked) {
                try await verifier.verify(person.signedIn.accessToken)
            }
        }
    }

    @Test("Whatever is wrong, the answer is the same to the letter")
    func alike() async throws {
        try await IdentityFixture.with(throttle: .off) { fixture in
            let person = try await fixture.person()
            let disabled = try await fixture.person("disabled")
            let passwordless = try await fixture.person("passwordless")
            try await fixture.asSuperuser(
                """
                UPDATE identity.users SET is_active = false WHERE id = '\(disabled.id)';
                DELETE FROM identity.password_hashes WHERE user_id = '\(passwordless.id)';
                """)
            let attempts: [(String, String)] = [
                ("nobody@example.org", IdentityFixture.password),
                (person.email, "wrong"), (person.email, ""),
                (person.email, String(repeating: "x", count: 100_000)),
                (person.email, IdentityFixture.password + "\0"),
                (disabled.email, IdentityFixture.password),
                (passwordless.email, IdentityFixture.password), (passwordless.email, ""),
                ("", IdentityFixture.password), ("a\0b", IdentityFixture.password),
                ("' OR true --", IdentityFixture.password),
                (String(repeating: "x", count: 100_000), IdentityFixture.password),
            ]
            for (identifier, password) in attempts {
                let error = await self.failure {
                    try await fixture.signIn(identifier, password: password)
                }
                #expect(error == .credentialsInvalid, "\(identifier.prefix(40))")
            }
            _ = try await fixture.signIn(person.email)
        }
    }

    @Test("Every failed attempt makes the same number of statements")
    func sameWork() async throws {
        try await IdentityFixture.with { fixture in
            let person = try await fixture.person()
            // Both throttle rows exist afterwards, as they do for anybody who was tried before.
            for identifier in [person.email, "nobody@example.org"] {
                _ = await self.failure { try await fixture.signIn(identifier, password: "wrong") }
            }
            func rowChanges() async throws -> Int {
                try await fixture.superuserValue(
                    """
                    SELECT sum(n_tup_ins + n_tup_upd + n_tup_del)::bigint
                    FROM pg_stat_xact_all_tables WHERE false
                    UNION ALL
                    SELECT sum((refused_count + failure_count))::bigint
                    FROM identity.sign_in_throttle
                    ORDER BY 1 NULLS LAST LIMIT 1
                    """)
            }
            for identifier in [person.email, "nobody@example.org"] {
                let before = try await rowChanges()
                _ = await self.failure { try await fixture.signIn(identifier, password: "wrong") }
                // One for the account and one for the place.
                #expect(try await rowChanges() - before == 2)
            }
        }
    }

    @Test("The sixth failure locks the account; locked attempts are not evaluated nor counted")
    func accountLock() async throws {
        try await IdentityFixture.with { fixture in
            let person = try await fixture.person()
            let attacker = Peer.Source.unixSocket(uid: 666, gid: 666, pid: 1)
            for _ in 0..<6 {
                _ = await self.failure {
                    try await fixture.signIn(person.email, password: "wrong", source: attacker)
                }
            }
            // The right password from there is refused like a wrong one.
            let error = await self.failure {
                try await fixture.signIn(person.email, source: attacker)
            }
            #expect(error == .credentialsInvalid)
            let count: Int32 = try await fixture.superuserValue(
                "SELECT failure_count FROM identity.sign_in_throttle WHERE kind = 'account'")
            #expect(count == 6)
            // From a place the person used before, nothing is locked.
            _ = try await fixture.signIn(
                person.email, source: .unixSocket(uid: 1, gid: 1, pid: 1))
            // The lock passes by itself, and the success begins a new count.
            try await fixture.asSuperuser(
                "UPDATE identity.sign_in_throttle SET locked_until = now() WHERE kind = 'account'")
            _ = try await fixture.signIn(person.email, source: attacker)
        }
    }

    @Test("A known place has a budget of its own, and it is a budget")
    func knownSource() async throws {
        try await IdentityFixture.with { fixture in
            let person = try await fixture.person()
            let home = Peer.Source.unixSocket(uid: 1, gid: 1, pid: 1)
            for _ in 0..<6 {
                _ = await self.failure {
                    try await fixture.signIn(person.email, password: "wrong", source: home)
                }
            }
            let error = await self.failure { try await fixture.signIn(person.email, source: home) }
            #expect(error == .credentialsInvalid)
            // Elsewhere the account is not locked by what happened there.
            _ = try await fixture.signIn(
                person.email, source: .unixSocket(uid: 2, gid: 2, pid: 1))
        }
    }

    @Test("Twenty failures from one place lock the place for accounts unknown to it")
    func sourceLock() async throws {
        try await IdentityFixture.with { fixture in
            let person = try await fixture.person()
            let place = Peer.Source.unixSocket(uid: 666, gid: 666, pid: 1)
            for number in 0..<21 {
                _ = await self.failure {
                    try await fixture.signIn(
                        "stuffed\(number)@example.org", password: "x", source: place)
                }
            }
            let error = await self.failure {
                try await fixture.signIn(person.email, source: place)
            }
            #expect(error == .credentialsInvalid)
            _ = try await fixture.signIn(
                person.email, source: .unixSocket(uid: 667, gid: 1, pid: 1))
        }
    }

    @Test("Attempts at one account at the same time do not exceed its budget")
    func parallelGuesses() async throws {
        try await IdentityFixture.with { fixture in
            let person = try await fixture.person()
            let attacker = Peer.Source.unixSocket(uid: 666, gid: 666, pid: 1)
            // All look the account up before the first failure is counted.
            let candidate = try await fixture.signIns.store.candidate(
                identifierKey: IdentifierRules.key(person.email),
                source: SignInSource(peer: Peer(source: attacker), metadata: [:], gateways: []),
                deadline: nil)
            #expect(!candidate.isLocked)
            for _ in 0..<6 {
                _ = await self.failure {
                    try await fixture.signIn(person.email, password: "wrong", source: attacker)
                }
            }
            let opened = try await fixture.signIns.store.open(
                .version7(), for: candidate,
                source: SignInSource(peer: Peer(source: attacker), metadata: [:], gateways: []),
                userAgent: nil, refreshTokenHash: RefreshToken().hash, upgradedHash: nil,
                ignoresLocks: false, recording: [], deadline: nil)
            #expect(opened == nil)
        }
    }

    @Test("A client's address counts only from a gateway")
    func gateways() {
        let outsider = Peer(source: .unixSocket(uid: 5, gid: 5, pid: 5), names: ["operator"])
        let gateway = Peer(source: .unixSocket(uid: 5, gid: 5, pid: 5), names: ["gateway"])
        func source(_ peer: Peer, _ address: String) -> SignInSource {
            SignInSource(
                peer: peer, metadata: ["client-address": address], gateways: ["gateway"])
        }
        #expect(source(outsider, "192.0.2.1") == source(outsider, "192.0.2.2"))
        #expect(source(outsider, "192.0.2.1").clientAddress == nil)
        #expect(source(gateway, "192.0.2.1") != source(gateway, "192.0.2.2"))
        #expect("\(source(gateway, "192.0.2.1").clientAddress!)" == "192.0.2.1")
        #expect(source(gateway, "not an address").clientAddress == nil)
    }

    @Test("A hash with outdated parameters is replaced at sign-in, also by two at once")
    func rehash() async throws {
        try await IdentityFixture.with { fixture in
            let person = try await fixture.person()
            let old = PasswordHasher(
                parameters: .init(memoryByteCount: 16_384, passCount: 2))
            let hash = try old.hash(IdentityFixture.password)
            try await fixture.asSuperuser(
                """
                UPDATE identity.password_hashes SET password_hash = '\(hash)'
                WHERE user_id = '\(person.id)'
                """)
            _ = try await fixture.signIn(person.email)
            let stored: String = try await fixture.superuserValue(
                """
                SELECT password_hash FROM identity.password_hashes
                WHERE user_id = \(person.id)
                """)
            #expect(stored != hash)
            #expect(!fixture.passwords.pool.needsRehash(stored))
            _ = try await fixture.signIn(person.email)
        }
    }

    @Test("A person has a bounded number of sessions; the one unused for longest ends")
    func sessionLimit() async throws {
        var lifetimes = SessionLifetimes()
        lifetimes.sessionLimit = 3
        try await IdentityFixture.with(lifetimes: lifetimes) { fixture in
            let person = try await fixture.person()
            for _ in 0..<4 { _ = try await fixture.signIn(person.email) }
            let list = try await fixture.sessions.list(ListSessions(), person.call())
            #expect(list.sessions.count == 3)
            #expect(!list.sessions.contains { $0.id == person.signedIn.sessionID })
            let ended = try await fixture.events().compactMap(\.session?.sessionID)
            #expect(ended.contains(person.signedIn.sessionID))
        }
    }

    @Test("A name is looked up by indexes, however much was tried before")
    func lookUpPlan() async throws {
        try await IdentityFixture.with { fixture in
            let person = try await fixture.person()
            try await fixture.asSuperuser(
                """
                INSERT INTO identity.sign_in_throttle (key, kind)
                SELECT sha256(int8send(n)), 'account' FROM generate_series(1, 3000) n
                """)
            let source = SignInSource(
                peer: Peer(source: .anonymous), metadata: [:], gateways: [])
            for name in [person.email, "nobody@example.org"] {
                let lookUp = SignInStore.lookUp(identifierKey: name, source: source)
                let plan = try await fixture.database.read(
                    "EXPLAIN (COSTS off) \(fragment: lookUp)", as: .purpose("sign_in"))
                let lines = try plan.rows.map { try $0.get(0, as: String.self) }
                #expect(!lines.contains { $0.contains("Seq Scan") }, "\(lines)")
            }
        }
    }
}
