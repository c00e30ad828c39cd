internal import AuditAPI
internal import FoundationEssentials
internal import IdentityAPI
internal import Postgres
internal import RPC
internal import Testing

@testable import IdentityService

/// A call that succeeds, of a method whose contract names an audit action.
struct AuditScenario: Sendable, CustomTestStringConvertible {
    /// Those who take part.
    struct People: Sendable {
        /// May do everything.
        let root: Person
        /// Has a role, a permission of her own, and something to lose.
        let ada: Person

        init(_ fixture: IdentityFixture) async throws {
            self.root = try await fixture.person("root", role: "superadmin")
            self.ada = try await fixture.person("ada", role: "admin")
            _ = try await fixture.roles.put(
                PutRole(name: "extra", permissions: ["tools:run"]), self.root.call())
            _ = try await fixture.grants.grantPermission(
                GrantPermission(userID: self.ada.id, permission: "tools:run"), self.root.call())
        }
    }

    let method: String
    let action: AuditAction
    /// Whether it is done although the outbox is full for everything else.
    let isRepair: Bool
    /// Makes the call and tells who is expected to have made it.
    let call: @Sendable (IdentityFixture, People) async throws -> UUID

    var testDescription: String { self.method }

    private init<M: UnaryMethod>(
        _ method: M.Type, isRepair: Bool = false,
        _ call: @escaping @Sendable (IdentityFixture, People, String) async throws -> UUID
    ) {
        let name = M.contract.name
        self.method = name
        self.action = AuditAction(rawValue: M.contract.auditAction ?? "")
        self.isRepair = isRepair
        self.call = { try await call($0, $1, name) }
    }

    /// A call by the administrator.
    private static func byRoot<M: UnaryMethod>(
        isRepair: Bool = false, _ request: @escaping @Sendable (Person) -> M,
        _ handler: @escaping @Sendable (IdentityFixture, M, CallContext) async throws -> M.Reply
    ) -> AuditScenario {
        AuditScenario(M.self, isRepair: isRepair) { fixture, people, name in
            _ = try await handler(fixture, request(people.ada), people.root.call(name))
            return people.root.id
        }
    }

    /// A call by somebody about themselves.
    private static func byAda<M: UnaryMethod>(
        isRepair: Bool = false, _ request: @escaping @Sendable (Person) -> M,
        _ handler: @escaping @Sendable (IdentityFixture, M, CallContext) async throws -> M.Reply
    ) -> AuditScenario {
        AuditScenario(M.self, isRepair: isRepair) { fixture, people, name in
            _ = try await handler(fixture, request(people.ada), people.ada.call(name))
            return people.ada.id
        }
    }

    /// A password that somebody chooses.
    static let newPassword = "cinder plover gauze mint"

    static let all: [AuditScenario] = [
        AuditScenario(SignUp.self) { fixture, people, name in
            let email = "new\(people.root.email)"
            _ = try await fixture.signUps.signUp(
                SignUp(email: email, password: Self.newPassword, displayName: "New"),
                .testing(name))
            return try await fixture.superuserValue(
                "SELECT id FROM identity.users WHERE email = \(email)")
        },
        AuditScenario(SignIn.self) { fixture, people, _ in
            _ = try await fixture.signIn(people.ada.email)
            return people.ada.id
        },
        AuditScenario(RefreshSession.self) { fixture, people, _ in
            _ = try await fixture.refresh(people.ada.signedIn.refreshToken)
            return people.ada.id
        },
        .byAda(isRepair: true, { _ in SignOut() }, { try await $0.sessions.signOut($1, $2) }),
        .byAda({ _ in IssueToken(audience: .vault) }, { try await $0.tokens.issue($1, $2) }),
        .byAda(
            isRepair: true, { RevokeSession(sessionID: $0.signedIn.sessionID) },
            { try await $0.sessions.revoke($1, $2) }),
        .byAda(
            isRepair: true, { _ in RevokeAllSessions() },
            { try await $0.sessions.revokeAll($1, $2) }),
        .byAda(
            { _ in UpdateProfile(displayName: "Ada", preferences: ["theme": .string("dark")]) },
            { try await $0.profiles.update($1, $2) }),
        .byAda(
            { _ in
                ChangePassword(
                    currentPassword: IdentityFixture.password, newPassword: Self.newPassword)
            }, { try await $0.changes.change($1, $2) }),
        .byRoot(
            {
                CreateUser(
                    email: "made\($0.email)", displayName: "Made", password: Self.newPassword,
                    roles: ["extra"])
            }, { try await $0.users.create($1, $2) }),
        .byRoot(
            isRepair: true, { SetUserActive(userID: $0.id, isActive: false) },
            { try await $0.users.setActive($1, $2) }),
        .byRoot(
            isRepair: true, { RevokeUserSessions(userID: $0.id) },
            { try await $0.users.revokeSessions($1, $2) }),
        .byRoot(
            { _ in PutRole(name: "extra", permissions: ["tools:use"]) },
            { try await $0.roles.put($1, $2) }),
        .byRoot({ _ in DeleteRole(name: "extra") }, { try await $0.roles.delete($1, $2) }),
        .byRoot(
            { GrantRole(userID: $0.id, role: "extra") }, { try await $0.grants.grantRole($1, $2) }),
        .byRoot(
            isRepair: true, { RevokeRole(userID: $0.id, role: "admin") },
            { try await $0.grants.revokeRole($1, $2) }),
        .byRoot(
            { GrantPermission(userID: $0.id, permission: "tools:use") },
            { try await $0.grants.grantPermission($1, $2) }),
        .byRoot(
            isRepair: true, { RevokePermission(userID: $0.id, permission: "tools:run") },
            { try await $0.grants.revokePermission($1, $2) }),
        .byRoot(
            { _ in PutSetting(key: "sign_up.is_open", value: .boolean(false)) },
            { try await $0.settings.put($1, $2) }),
    ]
}
