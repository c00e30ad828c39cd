internal import FoundationEssentials
internal import IdentityAPI
internal import Postgres
internal import RPC
internal import Testing

@testable import IdentityService

@Suite("Refreshing a session")
struct RefreshTests {
    private func failure(_ work: () async throws -> SignedIn) async -> RPCError? {
        do {
            _ = try await work()
            return nil
        } catch {
            return error as? RPCError
        }
    }

    @Test("Each exchange gives a new pair for the same session")
    func rotation() async throws {
        try await IdentityFixture.with { fixture in
            let person = try await fixture.person()
            var token = person.signedIn.refreshToken
            var seen: Set<String> = [token]
            for _ in 0..<5 {
                let next = try await fixture.refresh(token)
                #expect(next.sessionID == person.signedIn.sessionID)
                #expect(next.user.id == person.id)
                #expect(next.accessToken != person.signedIn.accessToken)
                token = next.refreshToken
                #expect(seen.insert(token).inserted)
            }
        }
    }

    @Test("100 parallel exchanges of one token all get the one successor")
    func parallel() async throws {
        try await IdentityFixture.with { fixture in
            let person = try await fixture.person()
            let answers = try await withThrowingTaskGroup(of: String.self) { group in
                for _ in 0..<100 {
                    group.addTask {
                        try await fixture.refresh(person.signedIn.refreshToken).refreshToken
                    }
                }
                return try await group.reduce(into: [String]()) { $0.append($1) }
            }
            #expect(answers.count == 100)
            #expect(Set(answers).count == 1)
            let count: Int64 = try await fixture.superuserValue(
                """
                SELECT count(*) FROM identity.refresh_tokens
                WHERE session_id = \(person.signedIn.sessionID)
                """)
            #expect(count == 2)
            _ = try await fixture.refresh(answers[0])
        }
    }

    @Test("A token whose successor was exchanged ends the session, publishes it, and stays ended")
    func ancestor() async throws {
        try await IdentityFixture.with { fixture in
            let person = try await fixture.person()
            let first = person.signedIn.refreshToken
            let second = try await fixture.refresh(first).refreshToken
            let third = try await fixture.refresh(second).refreshToken
            #expect(await self.failure { try await fixture.refresh(first) } == .tokenReused)
            for token in [first, second, third] {
                #expect(
                    await self.failure { try await fixture.refresh(token) }
                        == .refreshTokenInvalid)
            }
            let reason: String = try await fixture.superuserValue(
                """
                SELECT revoke_reason FROM identity.sessions
                WHERE id = \(person.signedIn.sessionID)
                """)
            #expect(reason == "token_reused")
            let ended = try await fixture.events().compactMap(\.session)
            #expect(ended.map(\.sessionID) == [person.signedIn.sessionID])
            #expect(ended[0].userID == person.id)
            #expect(ended[0].until > .now + 300)
        }
    }

    @Test("Ten seconds after its exchange a token is no longer good for its successor")
    func graceEnds() async throws {
        try await IdentityFixture.with { fixture in
            let person = try await fixture.person()
            let first = person.signedIn.refreshToken
            let second = try await fixture.refresh(first).refreshToken
            #expect(try await fixture.refresh(first).refreshToken == second)
            try await fixture.asSuperuser(
                """
                UPDATE identity.refresh_tokens SET successor_until = now() - interval '1 ms'
                WHERE successor_until IS NOT NULL
                """)
            #expect(await self.failure { try await fixture.refresh(first) } == .tokenReused)
        }
    }

    @Test("The grace is ten seconds, and what is sealed for it is forgotten after it")
    func sealedForgotten() async throws {
        try await IdentityFixture.with { fixture in
            let person = try await fixture.person()
            _ = try await fixture.refresh(person.signedIn.refreshToken)
            let seconds: Double = try await fixture.superuserValue(
                """
                SELECT extract(epoch FROM successor_until - used_at)::float8
                FROM identity.refresh_tokens WHERE used_at IS NOT NULL
                """)
            #expect(seconds == 10)
            let maintenance = fixture.maintenance
            let count: SQL = """
                SELECT count(*) FROM identity.refresh_tokens WHERE successor_sealed IS NOT NULL
                """
            try await maintenance.forgetSuccessors()
            #expect(try await fixture.superuserValue(count, as: Int64.self) == 1)
            try await fixture.asSuperuser(
                """
                UPDATE identity.refresh_tokens SET successor_until = now() - interval '1 ms'
                WHERE successor_until IS NOT NULL
                """)
            try await maintenance.forgetSuccessors()
            #expect(try await fixture.superuserValue(count, as: Int64.self) == 0)
        }
    }

    @Test("No token is stored, only its hash")
    func hashesOnly() async throws {
        try await IdentityFixture.with { fixture in
            let person = try await fixture.person()
            let next = try await fixture.refresh(person.signedIn.refreshToken)
            let rows: String = try await fixture.superuserValue(
                "SELECT string_agg(t::text, ' ') FROM identity.refresh_tokens t")
            for token in [person.signedIn.refreshToken, next.refreshToken] {
                let bytes = Array(token.utf8)
                let hexadecimal = bytes.map { byte in
                    let digits = String(byte, radix: 16)
                    return digits.count == 1 ? "0" + digits : digits
                }.joined()
                #expect(!rows.contains(token))
                #expect(!rows.contains(hexadecimal))
            }
        }
    }

    @Test("Expired, disabled, signed out, unknown and malformed tokens are refused alike")
    func refused() async throws {
        try await IdentityFixture.with { fixture in
            let expired = try await fixture.person()
            let disabled = try await fixture.person()
            let over = try await fixture.person()
            let left = try await fixture.person()
            try await fixture.asSuperuser(
                """
                UPDATE identity.refresh_tokens SET expires_at = now()
                WHERE session_id = '\(expired.signedIn.sessionID)';
                UPDATE identity.users SET is_active = false WHERE id = '\(disabled.id)';
                UPDATE identity.sessions SET created_at = now() - interval '91 days',
                    idle_expires_at = now() - interval '1 s', expires_at = now()
                WHERE id = '\(over.signedIn.sessionID)';
                """)
            _ = try await fixture.sessions.signOut(SignOut(), left.call())
            let tokens =
                [expired, disabled, over, left].map(\.signedIn.refreshToken)
                + [RefreshToken().text, "", "str_", "x", String(repeating: "a", count: 10_000)]
            for token in tokens {
                #expect(
                    await self.failure { try await fixture.refresh(token) }
                        == .refreshTokenInvalid)
            }
        }
    }

    @Test("A session lives 14 days without use and 90 days in all")
    func lifetimes() async throws {
        try await IdentityFixture.with { fixture in
            let person = try await fixture.person()
            func remaining() async throws -> [Double] {
                let texts: [String] = try await fixture.superuserValue(
                    """
                    SELECT ARRAY[extract(epoch FROM idle_expires_at - now())::int::text,
                        extract(epoch FROM expires_at - now())::int::text]
                    FROM identity.sessions WHERE id = \(person.signedIn.sessionID)
                    """)
                return texts.compactMap(Double.init)
            }
            let day = 86_400.0
            var left = try await remaining()
            #expect(abs(left[0] - 14 * day) < 60 && abs(left[1] - 90 * day) < 60)
            // 85 days later there are five left, however it is used.
            try await fixture.asSuperuser(
                """
                UPDATE identity.sessions SET created_at = created_at - interval '85 days',
                    idle_expires_at = now() + interval '1 day',
                    expires_at = expires_at - interval '85 days'
                """)
            let answer = try await fixture.refresh(person.signedIn.refreshToken)
            left = try await remaining()
            #expect(abs(left[0] - 5 * day) < 60 && abs(left[1] - 5 * day) < 60)
            #expect(abs(answer.refreshTokenExpiresAt.timeIntervalSinceNow - 5 * day) < 60)
        }
    }

    @Test("A refresh takes no part in throttling, neither counting nor resetting")
    func noThrottle() async throws {
        try await IdentityFixture.with { fixture in
            let person = try await fixture.person()
            for _ in 0..<3 {
                _ = await self.failure {
                    try await fixture.signIn(person.email, password: "wrong")
                }
            }
            _ = try await fixture.refresh(person.signedIn.refreshToken)
            let count: Int32 = try await fixture.superuserValue(
                "SELECT failure_count FROM identity.sign_in_throttle WHERE kind = 'account'")
            #expect(count == 3)
        }
    }
}
