internal import FoundationEssentials
internal import IdentityAPI
internal import Postgres
internal import RPC
internal import Testing

@testable import IdentityService

@Suite("People and their own accounts")
struct OwnAccountTests {
    @Test("GetMe tells who is calling, with what they may do")
    func me() async throws {
        try await IdentityFixture.with { fixture in
            let person = try await fixture.person(role: "admin")
            let me = try await fixture.profiles.me(GetMe(), person.call())
            #expect(me.user.id == person.id)
            #expect(me.sessionID == person.signedIn.sessionID)
            #expect(
                me.effectivePermissions
                    == [
                        "audit:read", "metrics:read", "roles:read", "settings:read", "users:read",
                        "users:write",
                    ])
            #expect(me.user.roles == ["admin"])
            #expect(!me.user.isSuperuser)
        }
    }

    @Test("A profile changes field by field; what is absent stays and what is empty goes")
    func update() async throws {
        try await IdentityFixture.with { fixture in
            let person = try await fixture.person()
            let preferences: [String: JSONValue] = [
                "theme": .string("dark"), "sizes": .array([.integer(1), .number(2.5), .null]),
                "nested": .object(["on": .boolean(true)]),
            ]
            let avatar = UUID()
            var user = try await fixture.profiles.update(
                UpdateProfile(
                    displayName: " Ada ", firstName: "Ada", lastName: "Lovelace",
                    phone: "+44 20 7946 0000", timeZone: "Europe/London", avatarFileID: avatar,
                    preferences: preferences, workspaceSettings: ["charts": .string("bar")],
                    expectedVersion: 1),
                person.call())
            #expect(user.displayName == "Ada")
            #expect(user.phone == "+44 20 7946 0000")
            #expect(user.timeZone == "Europe/London")
            #expect(user.avatarFileID == avatar)
            #expect(user.preferences == preferences)
            #expect(user.workspaceSettings == ["charts": .string("bar")])
            #expect(user.version == 2)
            user = try await fixture.profiles.update(
                UpdateProfile(firstName: "", removesAvatar: true), person.call())
            #expect(user.firstName == nil)
            #expect(user.lastName == "Lovelace")
            #expect(user.avatarFileID == nil)
            #expect(user.preferences == preferences)
            #expect(user.version == 3)
            #expect(user.updatedAt > user.createdAt)
        }
    }

    @Test("A change of what somebody else changed meanwhile is refused")
    func conflict() async throws {
        try await IdentityFixture.with { fixture in
            let person = try await fixture.person()
            let outcomes = await withTaskGroup(of: Bool.self) { group in
                for number in 0..<10 {
                    group.addTask {
                        let request = UpdateProfile(
                            displayName: "Name \(number)", expectedVersion: 1)
                        return (try? await fixture.profiles.update(request, person.call())) != nil
                    }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
            #expect(outcomes.filter { $0 }.count == 1)
        }
    }

    @Test("What is too large, too deep or impossible is refused before it is stored")
    func bounds() async throws {
        try await IdentityFixture.with { fixture in
            let person = try await fixture.person()
            func nested(_ depth: Int) -> [String: JSONValue] {
                depth == 1 ? ["x": .null] : ["x": .object(nested(depth - 1))]
            }
            _ = try await fixture.profiles.update(
                UpdateProfile(preferences: nested(8)), person.call())
            let bad = [
                UpdateProfile(preferences: nested(9)),
                UpdateProfile(preferences: ["x": .string(String(repeating: "y", count: 16_384))]),
                UpdateProfile(preferences: ["x": .string("a\0b")]),
                UpdateProfile(preferences: ["a\0": .null]),
                UpdateProfile(timeZone: "Europe/Nowhere"), UpdateProfile(timeZone: "CEST"),
                UpdateProfile(displayName: ""), UpdateProfile(phone: "call me"),
                UpdateProfile(avatarFileID: UUID(), removesAvatar: true),
            ]
            for request in bad {
                await #expect {
                    try await fixture.profiles.update(request, person.call())
                } throws: {
                    ($0 as? RPCError)?.code == .invalidArgument
                }
            }
        }
    }

    @Test("Sessions are listed, ended one by one or all, and only one's own")
    func sessions() async throws {
        try await IdentityFixture.with { fixture in
            let (ada, eve) = (try await fixture.person(), try await fixture.person())
            let second = try await fixture.signIn(ada.email)
            var list = try await fixture.sessions.list(ListSessions(), ada.call()).sessions
            #expect(list.map(\.id) == [second.sessionID, ada.signedIn.sessionID])
            #expect(list.map(\.isCurrent) == [false, true])
            #expect(list.allSatisfy { $0.userAgent == "tests" })
            await #expect(throws: RPCError.notFound("session")) {
                try await fixture.sessions.revoke(
                    RevokeSession(sessionID: second.sessionID), eve.call())
            }
            await #expect(throws: RPCError.notFound("session")) {
                try await fixture.sessions.revoke(RevokeSession(sessionID: UUID()), eve.call())
            }
            for _ in 0..<2 {
                // The second time nothing is left to do, which is no error.
                _ = try await fixture.sessions.revoke(
                    RevokeSession(sessionID: second.sessionID), ada.call())
            }
            list = try await fixture.sessions.list(ListSessions(), ada.call()).sessions
            #expect(list.map(\.id) == [ada.signedIn.sessionID])
            for _ in 0..<3 { _ = try await fixture.signIn(ada.email) }
            let others = try await fixture.sessions.revokeAll(
                RevokeAllSessions(exceptCurrent: true), ada.call())
            #expect(others.revokedSessionCount == 3)
            let all = try await fixture.sessions.revokeAll(RevokeAllSessions(), ada.call())
            #expect(all.revokedSessionCount == 1)
            let ended = try await fixture.events().compactMap(\.session)
            #expect(ended.count == 5)
            #expect(ended.allSatisfy { $0.userID == ada.id })
            #expect(
                try await fixture.sessions.list(ListSessions(), eve.call()).sessions.count == 1)
        }
    }

    @Test("A new password needs the old one, obeys the rules and ends other sessions")
    func changePassword() async throws {
        try await IdentityFixture.with { fixture in
            let person = try await fixture.person()
            let other = try await fixture.signIn(person.email)
            let new = "quay brine otter vellum"
            for (request, reason) in [
                (
                    ChangePassword(currentPassword: "wrong", newPassword: new),
                    "identity.current_password_wrong"
                ),
                (
                    ChangePassword(
                        currentPassword: IdentityFixture.password, newPassword: "short"),
                    "identity.password_too_short"
                ),
                (
                    ChangePassword(
                        currentPassword: IdentityFixture.password,
                        newPassword: "passwordpassword"), "identity.password_too_common"
                ),
            ] {
                await #expect {
                    try await fixture.changes.change(request, person.call())
                } throws: {
                    ($0 as? RPCError)?.reason == reason
                }
            }
            let changed = try await fixture.changes.change(
                ChangePassword(currentPassword: IdentityFixture.password, newPassword: new),
                person.call())
            #expect(changed.revokedSessionCount == 1)
            #expect(
                try await fixture.events().compactMap(\.session?.sessionID) == [other.sessionID])
            await #expect(throws: RPCError.credentialsInvalid) {
                try await fixture.signIn(person.email)
            }
            _ = try await fixture.refresh(person.signedIn.refreshToken)
            let kept = try await fixture.signIn(person.email, password: new)
            let again = try await fixture.changes.change(
                ChangePassword(
                    currentPassword: new, newPassword: IdentityFixture.password,
                    keepsOtherSessions: true),
                person.call())
            #expect(again.revokedSessionCount == 0)
            _ = try await fixture.refresh(kept.refreshToken)
        }
    }

    @Test("Guessing the current password with a stolen token is throttled")
    func changeThrottled() async throws {
        try await IdentityFixture.with { fixture in
            let person = try await fixture.person()
            let guess = ChangePassword(
                currentPassword: "wrong", newPassword: "quay brine otter vellum")
            for _ in 0..<6 {
                // The reason is the business of the test above.
                _ = try? await fixture.changes.change(guess, person.call())
            }
            await #expect {
                try await fixture.changes.change(guess, person.call())
            } throws: {
                ($0 as? RPCError)?.reason == "identity.throttled"
            }
            // It does not lock anybody out of signing in.
            _ = try await fixture.signIn(person.email)
        }
    }
}
