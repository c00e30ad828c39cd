internal import FoundationEssentials
internal import IdentityAPI
internal import Postgres
internal import RPC
internal import ServiceKit
internal import Sodium
internal import Testing

@testable import IdentityService

@Suite("Administering accounts, roles and grants")
struct AdministrationTests {
    private func reason<Value>(_ work: () async throws -> Value) async -> String? {
        do {
            _ = try await work()
            return nil
        } catch {
            return (error as? RPCError)?.reason ?? "\(error)"
        }
    }

    @Test("An account is made with every field, and its names are taken from then on")
    func create() async throws {
        try await IdentityFixture.with { fixture in
            let root = try await fixture.person(role: "superadmin")
            let request = CreateUser(
                email: "ada@example.org", displayName: "Ada", username: "ada",
                password: IdentityFixture.password, firstName: "Ada", lastName: "Lovelace",
                phone: "+44 1", timeZone: "Europe/London", isStaff: true, isVerified: true,
                roles: ["admin"], metadata: ["desk": .integer(7)])
            let user = try await fixture.users.create(request, root.call())
            #expect(user.createdBy == root.id)
            #expect(user.roles == ["admin"])
            #expect(user.isStaff && user.isVerified && user.isActive && !user.isSuperuser)
            #expect(user.metadata == ["desk": .integer(7)])
            #expect(try await fixture.signIn("ada").user.id == user.id)
            #expect(
                try await fixture.users.get(GetUser(userID: user.id), root.call()).email
                    == "ada@example.org")
            #expect(
                await self.reason { try await fixture.users.create(request, root.call()) }
                    == "identity.user_exists")
            let events = try await fixture.events().compactMap(\.person)
            #expect(events.map(\.userID) == [user.id])
            #expect(events[0].roles == ["admin"])
        }
    }

    @Test("Accounts are listed in pages, complete and in order, by beginning, role and state")
    func list() async throws {
        try await IdentityFixture.with { fixture in
            let root = try await fixture.person("zoe", role: "superadmin")
            for number in 0..<12 {
                _ = try await fixture.users.create(
                    CreateUser(
                        email: "Person\(number)@example.org", displayName: "P",
                        username: number == 3 ? "special" : nil,
                        roles: number == 4 ? ["admin"] : nil), root.call())
            }
            var ids: [UUID] = []
            var token: String?
            repeat {
                let page = try await fixture.users.list(
                    ListUsers(pageSize: 5, pageToken: token), root.call())
                #expect(page.users.count <= 5)
                ids += page.users.map(\.id)
                token = page.nextPageToken
            } while token != nil
            #expect(ids.count == 13)
            #expect(Set(ids).count == 13)
            #expect(ids.last == root.id)
            func found(_ request: ListUsers) async throws -> Int {
                try await fixture.users.list(request, root.call()).users.count
            }
            #expect(try await found(ListUsers(search: "PERSON")) == 12)
            #expect(try await found(ListUsers(search: "person1")) == 3)
            #expect(try await found(ListUsers(search: "spec")) == 1)
            #expect(try await found(ListUsers(search: "%")) == 0)
            #expect(try await found(ListUsers(role: "admin")) == 1)
            #expect(try await found(ListUsers(isActive: false)) == 0)
            for bad in [
                ListUsers(pageSize: 0), ListUsers(pageSize: 201), ListUsers(pageToken: "x"),
                ListUsers(role: "No Role"),
            ] {
                #expect(await self.reason { try await fixture.users.list(bad, root.call()) } != nil)
            }
        }
    }

    @Test("Disabling ends sessions at once and publishes it; enabling does not bring them back")
    func disable() async throws {
        try await IdentityFixture.with { fixture in
            let root = try await fixture.person(role: "superadmin")
            let ada = try await fixture.person()
            let user = try await fixture.users.setActive(
                SetUserActive(userID: ada.id, isActive: false), root.call())
            #expect(!user.isActive)
            let events = try await fixture.events()
            #expect(events.compactMap(\.session?.sessionID) == [ada.signedIn.sessionID])
            #expect(events.compactMap(\.person?.isActive) == [false])
            #expect(events.map(\.position) == [1, 2])
            #expect(await self.reason { try await fixture.signIn(ada.email) } != nil)
            _ = try await fixture.users.setActive(
                SetUserActive(userID: ada.id, isActive: true), root.call())
            #expect(
                await self.reason { try await fixture.refresh(ada.signedIn.refreshToken) }
                    == "identity.refresh_token_invalid")
            _ = try await fixture.signIn(ada.email)
            let count = try await fixture.users.revokeSessions(
                RevokeUserSessions(userID: ada.id), root.call())
            #expect(count.revokedSessionCount == 1)
        }
    }

    @Test("Nobody grants, or acts against, what they do not hold")
    func escalation() async throws {
        try await IdentityFixture.with { fixture in
            let root = try await fixture.person(role: "superadmin")
            let admin = try await fixture.person(role: "admin")
            let keeper = try await fixture.person()
            let ada = try await fixture.person()
            // One who may change roles, and nothing else.
            _ = try await fixture.grants.grantPermission(
                GrantPermission(userID: keeper.id, permission: "roles:write"), root.call())
            let exceeds = "identity.exceeds_own_permissions"
            let attempts: [() async throws -> Any] = [
                {
                    try await fixture.grants.grantRole(
                        GrantRole(userID: keeper.id, role: "superadmin"), keeper.call())
                },
                {
                    try await fixture.grants.grantPermission(
                        GrantPermission(userID: keeper.id, permission: "*:*"), keeper.call())
                },
                {
                    try await fixture.grants.grantPermission(
                        GrantPermission(userID: ada.id, permission: "roles:*"), keeper.call())
                },
                {
                    try await fixture.roles.put(
                        PutRole(name: "mine", permissions: ["users:write"]), keeper.call())
                },
                {
                    try await fixture.roles.put(
                        PutRole(name: "member", permissions: ["*:*"]), keeper.call())
                },
                {
                    try await fixture.roles.put(
                        PutRole(name: "superadmin", permissions: []), keeper.call())
                },
                {
                    try await fixture.grants.revokeRole(
                        RevokeRole(userID: root.id, role: "superadmin"), keeper.call())
                },
                {
                    try await fixture.users.setActive(
                        SetUserActive(userID: root.id, isActive: false), admin.call())
                },
                {
                    try await fixture.users.revokeSessions(
                        RevokeUserSessions(userID: root.id), admin.call())
                },
                {
                    try await fixture.users.create(
                        CreateUser(email: "x@y", displayName: "X", roles: ["superadmin"]),
                        admin.call())
                },
                // The rule was checked when the call arrived; it is checked again in the change.
                {
                    try await fixture.roles.put(
                        PutRole(name: "mine", permissions: []), ada.call())
                },
            ]
            for (index, attempt) in attempts.enumerated() {
                #expect(await self.reason(attempt) == exceeds, "attempt \(index)")
            }
            // What one holds one may give.
            let user = try await fixture.grants.grantPermission(
                GrantPermission(userID: ada.id, permission: "roles:write"), keeper.call())
            #expect(user.permissions == ["roles:write"])
        }
    }

    @Test("Somebody active keeps all permissions, whatever is taken away")
    func lastSuperuser() async throws {
        try await IdentityFixture.with { fixture in
            let root = try await fixture.person(role: "superadmin")
            let last = "identity.last_superuser"
            let attempts: [() async throws -> Any] = [
                {
                    try await fixture.users.setActive(
                        SetUserActive(userID: root.id, isActive: false), root.call())
                },
                {
                    try await fixture.grants.revokeRole(
                        RevokeRole(userID: root.id, role: "superadmin"), root.call())
                },
                {
                    try await fixture.roles.put(
                        PutRole(name: "superadmin", permissions: ["users:*"]), root.call())
                },
            ]
            for attempt in attempts { #expect(await self.reason(attempt) == last) }
            let second = try await fixture.person(role: "superadmin")
            // Two who remove each other at the same moment: one of them stays.
            async let first = self.reason {
                try await fixture.grants.revokeRole(
                    RevokeRole(userID: second.id, role: "superadmin"), root.call())
            }
            async let other = self.reason {
                try await fixture.grants.revokeRole(
                    RevokeRole(userID: root.id, role: "superadmin"), second.call())
            }
            let reasons = await [first, other]
            #expect(reasons.filter { $0 == nil }.count == 1)
            #expect(reasons.contains("identity.exceeds_own_permissions"))
        }
    }

    @Test("A role is made, changed, held, and its end is everybody's loss")
    func roles() async throws {
        try await IdentityFixture.with { fixture in
            let root = try await fixture.person(role: "superadmin")
            let ada = try await fixture.person()
            var role = try await fixture.roles.put(
                PutRole(
                    name: "auditor", permissions: ["audit:read", "audit:read", "users:read"],
                    description: "Reads the log."), root.call())
            #expect(role.permissions == ["audit:read", "users:read"])
            #expect(role.version == 1)
            _ = try await fixture.grants.grantRole(
                GrantRole(userID: ada.id, role: "auditor"), root.call())
            role = try await fixture.roles.put(
                PutRole(name: "auditor", permissions: ["audit:read"], expectedVersion: 1),
                root.call())
            #expect(role.permissions == ["audit:read"])
            #expect(role.description == "Reads the log.")
            #expect(role.version == 2)
            #expect(role.memberCount == 1)
            #expect(
                await self.reason {
                    try await fixture.roles.put(
                        PutRole(name: "auditor", permissions: [], expectedVersion: 1),
                        root.call())
                } == "identity.version_conflict")
            #expect(
                try await fixture.profiles.me(GetMe(), ada.call()).effectivePermissions
                    == ["audit:read"])
            _ = try await fixture.roles.delete(DeleteRole(name: "auditor"), root.call())
            #expect(
                try await fixture.profiles.me(GetMe(), ada.call()).effectivePermissions == [])
            let events = try await fixture.events()
            #expect(events.compactMap(\.role?.isDeleted) == [false, false, true])
            #expect(events.compactMap(\.person).map(\.roles) == [["auditor"], []])
            for (name, reason) in [
                ("auditor", "identity.not_found"), ("superadmin", "identity.role_built_in"),
                ("No Name", "identity.role_invalid"),
            ] {
                #expect(
                    await self.reason {
                        try await fixture.roles.delete(DeleteRole(name: name), root.call())
                    } == reason)
            }
            #expect(
                await self.reason {
                    try await fixture.grants.grantRole(
                        GrantRole(userID: ada.id, role: "member"), root.call())
                } == "identity.role_held_by_all")
            #expect(
                try await fixture.roles.list(ListRoles(), root.call()).roles.map(\.name)
                    == ["admin", "member", "super", "superadmin"])
            #expect(
                try await fixture.roles.listPermissions(ListPermissions(), root.call())
                    .permissions.map(\.name).contains("audit:read"))
        }
    }

    @Test("Grants are kept with who gave them and when, and are taken back")
    func grants() async throws {
        try await IdentityFixture.with { fixture in
            let root = try await fixture.person(role: "superadmin")
            let ada = try await fixture.person()
            for _ in 0..<2 {
                let user = try await fixture.grants.grantPermission(
                    GrantPermission(userID: ada.id, permission: "tools:run"), root.call())
                #expect(user.permissions == ["tools:run"])
            }
            let grantedBy: UUID = try await fixture.superuserValue(
                "SELECT granted_by FROM identity.user_permissions")
            #expect(grantedBy == root.id)
            let user = try await fixture.grants.revokePermission(
                RevokePermission(userID: ada.id, permission: "tools:run"), root.call())
            #expect(user.permissions == [])
            // Granting twice changed something once.
            #expect(
                try await fixture.events().compactMap(\.person?.permissions)
                    == [["tools:run"], []])
            for unknown in [UUID(), UUID()] {
                #expect(
                    await self.reason {
                        try await fixture.grants.grantPermission(
                            GrantPermission(userID: unknown, permission: "tools:run"),
                            root.call())
                    } == "identity.not_found")
            }
        }
    }

    @Test("An ended session administers nothing, even before its token is refused")
    func endedSession() async throws {
        try await IdentityFixture.with { fixture in
            let root = try await fixture.person(role: "superadmin")
            _ = try await fixture.sessions.signOut(SignOut(), root.call())
            #expect(
                await self.reason {
                    try await fixture.roles.put(
                        PutRole(name: "x", permissions: []), root.call())
                } == "identity.session_ended")
        }
    }

    @Test("The first administrator is made by the owner, once, and never with a weak password")
    func firstAdministrator() async throws {
        try await IdentityFixture.with { fixture in
            let owner = Database(
                configuration: DatabaseConfiguration(
                    connectionString: IdentityDatabase.migrationConnection(fixture.test)),
                logger: .silent)
            try await IdentityDatabase.running(owner) {
                let store = AdministratorStore(
                    database: owner, ownerRole: IdentityService.definition.ownerRole)
                var user = NewUser(email: "root@example.org", displayName: "Root")
                user.passwordHash = try await fixture.passwords.pool.hash(
                    IdentityFixture.password)
                let event = try fixture.audit.record(
                    .administratorCreated(user, byOperator: 0), in: nil)
                func create(onlyIfMissing: Bool) async throws -> AdministratorStore.Outcome {
                    try await store.create(
                        user, onlyIfMissing: onlyIfMissing, recording: event)
                }
                guard case .created(let id) = try await create(onlyIfMissing: true) else {
                    Issue.record("no administrator was made")
                    return
                }
                #expect(try await create(onlyIfMissing: false) == .taken)
                #expect(try await create(onlyIfMissing: true) == .notNeeded)
                let signedIn = try await fixture.signIn("root@example.org")
                #expect(signedIn.user.id == id)
                #expect(signedIn.user.isSuperuser)
                #expect(try await fixture.events().compactMap(\.person?.roles) == [["superadmin"]])
            }
        }
    }
}
