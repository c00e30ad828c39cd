internal import AuditAPI
internal import FoundationEssentials
internal import IdentityAPI
internal import Postgres
internal import RPC
internal import RPCTestSupport
internal import ServiceKit
internal import Testing

@testable import IdentityService

@Suite("What identity records of signing in")
struct AuditSignInTests {
    @Test("Failures look alike whether the name exists, is disabled, or nobody has it")
    func failures() async throws {
        try await IdentityFixture.with { fixture in
            let known = try await fixture.person("known")
            let disabled = try await fixture.person("known")
            try await fixture.asSuperuser(
                "UPDATE identity.users SET is_active = false WHERE id = '\(disabled.id)'")
            let unknown = "x" + known.email.dropFirst()
            let names = [known.email, disabled.email, unknown]
            let events = try await fixture.recorded {
                for name in names {
                    #expect(
                        await refusal {
                            try await fixture.signIn(name, password: "wrong")
                        } == "identity.credentials_invalid")
                }
            }
            try #require(events.count == names.count)
            for (name, recorded) in zip(names, events) {
                #expect(recorded.event.action == .signInFailed)
                #expect(recorded.event.outcome == .denied)
                #expect(recorded.event.method == "identity.SignIn")
                #expect(recorded.event.reason == "identity.credentials_invalid")
                #expect(recorded.detail("identifier") == .string(name))
                #expect(recorded.payload.userAgent == "tests")
                var shape = recorded.event
                shape.id = events[0].event.id
                shape.occurredAt = events[0].event.occurredAt
                shape.payloadCommitment = events[0].event.payloadCommitment
                #expect(shape == events[0].event)
                #expect(shape.actorID == nil && shape.sessionID == nil && shape.resourceID == nil)
            }
        }
    }

    @Test("What can be nobody's name is not recorded as one: people type passwords there")
    func noName() async throws {
        try await IdentityFixture.with { fixture in
            let names = ["Ada.L", "ada@example.org", "Correct horse!", "pass@word@1", "ab"]
            let events = try await fixture.recorded {
                for name in names {
                    _ = await refusal { try await fixture.signIn(name, password: "wrong") }
                }
            }
            #expect(
                events.map { $0.detail("identifier") }
                    == [.string("ada.l"), .string("ada@example.org"), nil, nil, nil])
        }
    }

    @Test("Refusals by handlers are recorded once: those they record themselves not again")
    func refusals() async throws {
        try await IdentityFixture.with { fixture in
            let recorder = DenialRecorder(
                outbox: fixture.audit, database: fixture.database, logger: .silent)
            let task = Task { try await recorder.run() }
            defer { task.cancel() }
            let authorizer = IdentityComposition(
                database: fixture.database, passwords: fixture.passwords, signer: fixture.signer,
                audit: fixture.audit, denials: recorder, logger: .silent
            ).composition.authorizer
            let errors: [RPCError] = [
                .credentialsInvalid, .refreshTokenInvalid, .tokenReused, .versionConflict,
                .exceedsOwnPermissions(["a:b"]), .throttled(retryAfter: .seconds(1)),
            ]
            let events = try await fixture.recorded {
                for error in errors { try await authorizer.failed(error, in: .testing()) }
            }
            #expect(
                events.map(\.event.reason) == [
                    "identity.refresh_token_invalid", "identity.exceeds_own_permissions",
                    "identity.throttled",
                ])
        }
    }

    @Test("In a full outbox a right password has the answer and the price of a wrong one")
    func rightWithoutRoom() async throws {
        try await IdentityFixture.with { fixture in
            let known = try await fixture.person()
            let full = fixture.withWaiting(9)
            for password in [IdentityFixture.password, "wrong"] {
                #expect(
                    await refusal { try await full.signIn(known.email, password: password) }
                        == "audit.outbox_full")
            }
            let counted: Int64 = try await fixture.superuserValue(
                "SELECT failure_count::bigint FROM identity.sign_in_throttle WHERE kind = 'source'")
            #expect(counted == 2)
        }
    }

    @Test("A failure that cannot be recorded counts all the same")
    func failuresWithoutRoom() async throws {
        try await IdentityFixture.with { fixture in
            let known = try await fixture.person()
            let full = fixture.withWaiting(5)
            let events = try await fixture.recorded {
                for name in [known.email, "nobody@example.org"] {
                    #expect(
                        await refusal { try await full.signIn(name, password: "wrong") }
                            == "audit.outbox_full")
                }
                #expect(
                    await refusal {
                        try await full.changes.change(
                            ChangePassword(
                                currentPassword: "wrong", newPassword: AuditScenario.newPassword),
                            known.call())
                    } == "audit.outbox_full")
            }
            #expect(events.isEmpty)
            let counted: Int64 = try await fixture.superuserValue(
                """
                SELECT sum(failure_count) FROM identity.sign_in_throttle
                WHERE kind IN ('account', 'known_source')
                """)
            #expect(counted == 3)
        }
    }

    @Test("A session's events carry it, and where it was opened from")
    func session() async throws {
        try await IdentityFixture.with { fixture in
            let person = try await fixture.person()
            var opened: SignedIn?
            let gateway = Peer(source: .unixSocket(uid: 5, gid: 5, pid: 5), names: ["gateway"])
            let events = try await fixture.recorded {
                let signedIn = try await fixture.signIns.signIn(
                    SignIn(
                        identifier: person.email, password: IdentityFixture.password,
                        userAgent: "Browser"),
                    .testing(
                        SignIn.contract.name, peer: gateway,
                        metadata: ["client-address": "192.0.2.7"]))
                _ = try await fixture.refresh(signedIn.refreshToken)
                opened = signedIn
            }
            try #require(events.count == 2)
            let sessionID = try #require(opened?.sessionID)
            for recorded in events {
                #expect(recorded.event.sessionID == sessionID)
                #expect(recorded.event.actorID == person.id)
                #expect(recorded.event.resourceID == sessionID.uuidString.lowercased())
                #expect(recorded.payload.username == person.email)
            }
            #expect(events[0].payload.clientAddress == "192.0.2.7")
            #expect(events[0].payload.userAgent == "Browser")
        }
    }

    @Test("A refresh token that comes again is recorded as denied, once, also in a full outbox")
    func reuse() async throws {
        try await IdentityFixture.with { fixture in
            let person = try await fixture.person()
            let first = person.signedIn.refreshToken
            let second = try await fixture.refresh(first).refreshToken
            _ = try await fixture.refresh(second)
            let events = try await fixture.recorded {
                for reason in ["identity.token_reused", "identity.refresh_token_invalid"] {
                    #expect(
                        await refusal {
                            try await fixture.withWaiting(9).signIns.refresh(
                                RefreshSession(refreshToken: first), .testing())
                        } == reason)
                }
            }
            try #require(events.count == 1)
            #expect(events[0].event.action == .tokenReused)
            #expect(events[0].event.outcome == .denied)
            #expect(events[0].event.actorID == nil)
            #expect(events[0].event.sessionID == person.signedIn.sessionID)
            #expect(events[0].event.resourceID == person.id.uuidString.lowercased())
        }
    }

    @Test("Sessions that a sign-in ends because of the limit are recorded beside it")
    func limit() async throws {
        var lifetimes = SessionLifetimes()
        lifetimes.sessionLimit = 2
        try await IdentityFixture.with(lifetimes: lifetimes) { fixture in
            let person = try await fixture.person()
            let below = try await fixture.recorded { _ = try await fixture.signIn(person.email) }
            #expect(below.map(\.event.action) == [.signedIn])
            let above = try await fixture.recorded { _ = try await fixture.signIn(person.email) }
            #expect(Set(above.map(\.event.action)) == [.signedIn, .sessionRevoked])
            let ended = above.first { $0.event.action == .sessionRevoked }
            #expect(ended?.detail("reason") == .string("session_limit"))
        }
    }

    @Test("One event tells how many sessions a call has ended")
    func counts() async throws {
        try await IdentityFixture.with { fixture in
            let root = try await fixture.person("root", role: "superadmin")
            let person = try await fixture.person()
            let events = try await fixture.recorded {
                for _ in 0..<2 { _ = try await fixture.signIn(person.email) }
                _ = try await fixture.sessions.revokeAll(
                    RevokeAllSessions(exceptCurrent: true), person.call())
                _ = try await fixture.users.revokeSessions(
                    RevokeUserSessions(userID: person.id), root.call())
            }.filter { $0.event.action == .sessionRevoked }
            #expect(events.map { $0.detail("count") } == [.integer(2), .integer(1)])
            #expect(events.map(\.event.actorID) == [person.id, root.id])
        }
    }

    @Test("An account that was there before a sign-up is not recorded as made")
    func taken() async throws {
        try await IdentityFixture.with { fixture in
            let person = try await fixture.person()
            let events = try await fixture.recorded {
                _ = try await fixture.signUps.signUp(
                    SignUp(
                        email: person.email, password: AuditScenario.newPassword,
                        displayName: "Again"), .testing())
            }
            #expect(events.isEmpty)
        }
    }

    @Test("A signing key is recorded when it is added, retired and added again")
    func keys() async throws {
        try await IdentityFixture.with { fixture in
            let store = SigningKeyStore(database: fixture.database)
            let key = fixture.signer.key
            for _ in 0..<2 {
                for _ in 0..<2 { try await store.register(key, recordingIn: fixture.audit) }
                try await store.retireUnused(recordingIn: fixture.audit)
                try await fixture.asSuperuser(
                    "UPDATE identity.signing_keys SET last_used_at = now() - interval '1 hour'")
                for _ in 0..<2 { try await store.retireUnused(recordingIn: fixture.audit) }
            }
            let events = try await fixture.recorded()
            #expect(events.allSatisfy { $0.event.action == .keyRotated })
            #expect(events.allSatisfy { $0.event.resourceID == key.id })
            let changes = ["added", "retired", "added", "retired"].map(JSONValue.string)
            #expect(events.compactMap { $0.detail("change") } == changes)
        }
    }
}
