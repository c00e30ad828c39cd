internal import FoundationEssentials
internal import IdentityAPI
internal import Postgres
internal import RPC
internal import Testing

@testable import IdentityService

@Suite("Signing up")
struct SignUpTests {
    private func request(_ email: String, username: String? = nil) -> SignUp {
        SignUp(
            email: email, password: IdentityFixture.password, displayName: "Somebody",
            username: username)
    }

    @Test("A taken address or user name gets the same answer, and its account stays as it was")
    func alike() async throws {
        try await IdentityFixture.with { fixture in
            _ = try await fixture.signUps.signUp(
                self.request("ada@example.org", username: "ada"), .testing())
            var stolen = self.request("ADA@example.org")
            stolen.password = "another password of mine"
            #expect(try await fixture.signUps.signUp(stolen, .testing()) == Empty())
            let sameName = self.request("eve@example.org", username: "Ada")
            #expect(try await fixture.signUps.signUp(sameName, .testing()) == Empty())
            let count: Int64 = try await fixture.superuserValue(
                "SELECT count(*) FROM identity.users")
            #expect(count == 1)
            _ = try await fixture.signIn("ada")
        }
    }

    @Test("Wrong fields are told before anything is looked up")
    func rules() async throws {
        try await IdentityFixture.with { fixture in
            var requests = [
                "identity.email_invalid": self.request("nonsense"),
                "identity.username_invalid": self.request("a@b", username: "a b"),
            ]
            requests["identity.text_invalid"] = SignUp(
                email: "a@b", password: IdentityFixture.password, displayName: "  ")
            requests["identity.password_too_short"] = SignUp(
                email: "a@b", password: "short", displayName: "A")
            requests["identity.password_too_common"] = SignUp(
                email: "a@b", password: "passwordpassword", displayName: "A")
            requests["identity.time_zone_unknown"] = SignUp(
                email: "a@b", password: IdentityFixture.password, displayName: "A",
                timeZone: "Mars/Olympus")
            for (reason, request) in requests {
                await #expect {
                    try await fixture.signUps.signUp(request, .testing())
                } throws: {
                    ($0 as? RPCError)?.reason == reason
                }
            }
        }
    }

    @Test("An administrator closes sign-up, and it is closed at once")
    func closed() async throws {
        try await IdentityFixture.with { fixture in
            let administrator = try await fixture.person(role: "superadmin")
            let setting = try await fixture.settings.put(
                PutSetting(key: "sign_up.is_open", value: .boolean(false)),
                administrator.call())
            #expect(setting.value == .boolean(false))
            #expect(setting.updatedBy == administrator.id)
            await #expect(throws: RPCError.signUpClosed) {
                try await fixture.signUps.signUp(self.request("a@b"), .testing())
            }
            await #expect(throws: RPCError.self) {
                try await fixture.settings.put(
                    PutSetting(key: "sign_up.is_open", value: .string("yes")),
                    administrator.call())
            }
            await #expect(throws: RPCError.notFound("setting")) {
                try await fixture.settings.put(
                    PutSetting(key: "no.such", value: .null), administrator.call())
            }
            await #expect(throws: RPCError.versionConflict) {
                try await fixture.settings.put(
                    PutSetting(
                        key: "sign_up.is_open", value: .boolean(true), expectedVersion: 1),
                    administrator.call())
            }
            #expect(
                try await fixture.settings.list(ListSettings(), administrator.call())
                    .settings.map(\.key) == ["sign_up.is_open"])
        }
    }

    @Test("One place can make twenty accounts, then it has to wait")
    func throttled() async throws {
        try await IdentityFixture.with { fixture in
            for number in 0..<21 {
                _ = try await fixture.signUps.signUp(
                    self.request("person\(number)@example.org"), .testing())
            }
            await #expect {
                try await fixture.signUps.signUp(self.request("x@example.org"), .testing())
            } throws: { error in
                guard let error = error as? RPCError, case .after(let time) = error.retry else {
                    return false
                }
                return error.code == .resourceExhausted && time <= .seconds(1)
            }
            let elsewhere = CallContext.testing(
                peer: Peer(source: .unixSocket(uid: 7, gid: 7, pid: 7)))
            _ = try await fixture.signUps.signUp(self.request("x@example.org"), elsewhere)
        }
    }
}
