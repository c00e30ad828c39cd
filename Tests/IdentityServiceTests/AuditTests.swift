internal import AuditAPI
internal import FoundationEssentials
internal import IdentityAPI
internal import Postgres
internal import RPC
internal import RPCTestSupport
internal import ServiceKit
internal import Sodium
internal import Testing

@testable import IdentityService

@Suite("What identity records")
struct AuditTests {
    /// Something that is another after every change of anything but the outbox.
    private func state(_ fixture: IdentityFixture) async throws -> String {
        try await fixture.superuserValue(
            """
            SELECT concat_ws(' ',
                (SELECT string_agg(t::text, ' ' ORDER BY id) FROM identity.users t),
                (SELECT string_agg(t::text, ' ' ORDER BY user_id)
                    FROM identity.password_hashes t),
                (SELECT string_agg(t::text, ' ' ORDER BY id) FROM identity.sessions t),
                (SELECT string_agg(t::text, ' ' ORDER BY token_hash)
                    FROM identity.refresh_tokens t),
                (SELECT string_agg(t::text, ' ' ORDER BY id) FROM identity.roles t),
                (SELECT string_agg(t::text, ' ' ORDER BY key) FROM identity.settings t),
                (SELECT position FROM identity.access_position))
            """)
    }

    @Test("There is a scenario of every method whose contract names an action")
    func complete() async throws {
        let seed = try SecretBytes(random: AccessTokenSigner.seedByteCount)
        let composition = IdentityComposition(
            database: Database(
                configuration: DatabaseConfiguration(connectionString: "host=/nonexistent"),
                logger: .silent),
            passwords: Passwords(pool: PasswordHashingPool(), policy: PasswordPolicy()),
            signer: try await AccessTokenSigner(seed: seed), audit: IdentityFixture.audit,
            logger: .silent
        ).composition
        let recording = try composition.methods.descriptions().filter { $0.auditAction != nil }
        #expect(Set(recording.map(\.name)) == Set(AuditScenario.all.map(\.method)))
        for method in recording {
            let action = AuditAction(rawValue: method.auditAction ?? "")
            #expect(AuditAction.knownCases.contains(action), "\(method.name)")
        }
    }

    @Test("A call that succeeds is recorded once, with who made it", arguments: AuditScenario.all)
    func success(scenario: AuditScenario) async throws {
        try await IdentityFixture.with { fixture in
            let people = try await AuditScenario.People(fixture)
            var actorID: UUID?
            let events = try await fixture.recorded {
                actorID = try await scenario.call(fixture, people)
            }
            let recorded = try #require(events.count == 1 ? events.first : nil)
            #expect(recorded.event.action == scenario.action)
            #expect(recorded.event.outcome == .succeeded)
            #expect(recorded.event.method == scenario.method)
            #expect(recorded.event.actorID == actorID)
            #expect(recorded.event.resourceID != nil)
        }
    }

    @Test(
        "A full outbox refuses changes and leaves nothing, but repair goes on",
        arguments: AuditScenario.all)
    func full(scenario: AuditScenario) async throws {
        try await IdentityFixture.with { fixture in
            let people = try await AuditScenario.People(fixture)
            let before = try await self.state(fixture)
            var reason: String?
            let events = try await fixture.recorded {
                reason = await refusal {
                    try await scenario.call(fixture.withWaiting(9), people)
                }
            }
            #expect(reason == (scenario.isRepair ? nil : "audit.outbox_full"))
            #expect(events.count == (scenario.isRepair ? 1 : 0))
            #expect(try await (self.state(fixture) != before) == scenario.isRepair)
        }
    }

    @Test("Neither passwords nor tokens nor hashes are in anything that is recorded")
    func canary() async throws {
        try await IdentityFixture.with { fixture in
            var secrets = [IdentityFixture.password, AuditScenario.newPassword, "wrong canary"]
            for scenario in AuditScenario.all {
                // Scenarios may delete the role that all people of this test begin with.
                let people = try await AuditScenario.People(fixture)
                for person in [people.root, people.ada] {
                    secrets += [person.signedIn.accessToken, person.signedIn.refreshToken]
                }
                _ = await refusal {
                    try await fixture.signIn(people.ada.email, password: "wrong canary")
                }
                _ = await refusal {
                    try await fixture.changes.change(
                        ChangePassword(
                            currentPassword: "wrong canary",
                            newPassword: AuditScenario.newPassword), people.ada.call())
                }
                // Sign-up is closed by one of them.
                _ = await refusal { try await scenario.call(fixture, people) }
            }
            let recorded = try await fixture.recorded()
            #expect(recorded.count > AuditScenario.all.count)
            for recorded in recorded {
                let text = String(decoding: recorded.bytes, as: UTF8.self)
                for secret in secrets + ["str_", "argon2", "eyJ"] {
                    #expect(!text.contains(secret), "\(recorded.event.action)")
                }
            }
        }
    }

    @Test("What changes nothing is not recorded")
    func repeated() async throws {
        try await IdentityFixture.with { fixture in
            let people = try await AuditScenario.People(fixture)
            let idempotent = AuditScenario.all.filter {
                [
                    "identity.SignOut", "identity.RevokeSession", "identity.RevokeAllSessions",
                    "identity.UpdateProfile", "identity.PutRole", "identity.GrantRole",
                    "identity.GrantPermission", "identity.RevokePermission",
                    "identity.PutSetting", "identity.RefreshSession",
                ].contains($0.method)
            }
            #expect(idempotent.count == 10)
            func callAll() async {
                // Some are refused once others have been made.
                for scenario in idempotent {
                    _ = await refusal { try await scenario.call(fixture, people) }
                }
            }
            await callAll()
            let events = try await fixture.recorded { await callAll() }
            #expect(events.map(\.event.action) == [])
        }
    }

    @Test("What is undone is not recorded")
    func undone() async throws {
        try await IdentityFixture.with { fixture in
            let root = try await fixture.person("root", role: "superadmin")
            let events = try await fixture.recorded {
                #expect(
                    await refusal {
                        try await fixture.grants.revokeRole(
                            RevokeRole(userID: root.id, role: "superadmin"), root.call())
                    } == "identity.last_superuser")
                #expect(
                    await refusal {
                        try await fixture.users.setActive(
                            SetUserActive(userID: root.id, isActive: false), root.call())
                    } == "identity.last_superuser")
            }
            #expect(events.isEmpty)
        }
    }

    @Test("A change tells who made it, and of what changed the values before and after")
    func changes() async throws {
        try await IdentityFixture.with { fixture in
            let people = try await AuditScenario.People(fixture)
            let (root, ada) = (people.root, people.ada)
            let events = try await fixture.recorded {
                _ = try await fixture.profiles.update(
                    UpdateProfile(
                        displayName: "Ada", timeZone: "UTC",
                        preferences: ["theme": .string("dark")]), ada.call())
                _ = try await fixture.users.setActive(
                    SetUserActive(userID: ada.id, isActive: false), root.call())
                _ = try await fixture.users.setActive(
                    SetUserActive(userID: ada.id, isActive: true), root.call())
                _ = try await fixture.grants.revokeRole(
                    RevokeRole(userID: ada.id, role: "admin"), root.call())
                _ = try await fixture.settings.put(
                    PutSetting(key: "sign_up.is_open", value: .boolean(false)), root.call())
            }
            try #require(events.count == 5)
            #expect(
                events[0].changes == [
                    "displayName": .array([.string("Somebody"), .string("Ada")]),
                    "preferences.theme": .array([.null, .string("dark")]),
                ])
            #expect(events[1].event.action == .userDisabled)
            #expect(events[1].detail("endedSessionCount") == .integer(1))
            #expect(events[2].event.action == .userEnabled)
            #expect(events[2].changes == ["isActive": .array([.boolean(false), .boolean(true)])])
            #expect(
                events[3].changes == ["roles": .array([.array([.string("admin")]), .array([])])])
            #expect(events[4].changes == ["value": .array([.boolean(true), .boolean(false)])])
            let names = [ada.email] + Array(repeating: root.email, count: 4)
            #expect(events.map(\.payload.username) == names)
            #expect(events[1].event.resourceID == ada.id.uuidString.lowercased())
        }
    }
}
