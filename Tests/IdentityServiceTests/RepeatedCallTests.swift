internal import FoundationEssentials
internal import IdentityAPI
internal import Logging
internal import NIOCore
internal import Postgres
internal import RPCTestSupport
internal import ServiceKit
internal import Sodium
internal import Testing

@testable import IdentityService
@testable import RPC

@Suite("Calls that repeat their idempotency key")
struct RepeatedCallTests {
    /// A method that keeps answers, with a call of it.
    private struct Example: Sendable, CustomTestStringConvertible {
        let method: String
        /// Makes the call, with the encoded answer: for an administrator, about somebody else.
        let call: @Sendable (IdentityFixture, Person, Person, CallContext) async throws -> [UInt8]
        var testDescription: String { self.method }

        init<M: UnaryMethod>(
            _ request: @escaping @Sendable (Person) -> M,
            _ handler:
                @escaping @Sendable (IdentityFixture, M, CallContext) async throws -> M.Reply
        ) {
            self.method = M.contract.name
            self.call = { fixture, root, somebody, context in
                let reply = try await handler(fixture, request(somebody), context)
                return Array(try RPCClient.encode(reply).readableBytesView)
            }
        }
    }

    private static let examples: [Example] = [
        Example(
            { _ in
                CreateUser(
                    email: "new@example.org", displayName: "New",
                    password: IdentityFixture.password, metadata: ["desk": .integer(7)])
            }, { try await $0.users.create($1, $2) }),
        Example(
            { SetUserActive(userID: $0.id, isActive: false) },
            { try await $0.users.setActive($1, $2) }),
        Example(
            { RevokeUserSessions(userID: $0.id) }, { try await $0.users.revokeSessions($1, $2) }),
        Example(
            { _ in PutRole(name: "extra", permissions: ["tools:use"], expectedVersion: 1) },
            { try await $0.roles.put($1, $2) }),
        Example({ _ in DeleteRole(name: "extra") }, { try await $0.roles.delete($1, $2) }),
        Example(
            { GrantRole(userID: $0.id, role: "extra") }, { try await $0.grants.grantRole($1, $2) }),
        Example(
            { RevokeRole(userID: $0.id, role: "admin") },
            { try await $0.grants.revokeRole($1, $2) }),
        Example(
            { GrantPermission(userID: $0.id, permission: "tools:use") },
            { try await $0.grants.grantPermission($1, $2) }),
        Example(
            { RevokePermission(userID: $0.id, permission: "tools:run") },
            { try await $0.grants.revokePermission($1, $2) }),
        Example(
            { _ in
                PutSetting(key: "sign_up.is_open", value: .boolean(false), expectedVersion: 1)
            }, { try await $0.settings.put($1, $2) }),
        Example(
            { _ in UpdateProfile(displayName: "Root") },
            { try await $0.profiles.update($1, $2) }),
    ]

    /// An administrator, and somebody with something to take away.
    private func people(_ fixture: IdentityFixture) async throws -> (root: Person, ada: Person) {
        let root = try await fixture.person("root", role: "superadmin")
        let ada = try await fixture.person("ada", role: "admin")
        _ = try await fixture.roles.put(
            PutRole(name: "extra", permissions: ["tools:run"]), root.call())
        _ = try await fixture.grants.grantPermission(
            GrantPermission(userID: ada.id, permission: "tools:run"), root.call())
        return (root, ada)
    }

    /// Something that is another after every change that administration or a person makes.
    private func state(_ fixture: IdentityFixture) async throws -> String {
        try await fixture.superuserValue(
            """
            SELECT concat_ws(' ',
                (SELECT position FROM identity.access_position),
                (SELECT string_agg(version::text, ',' ORDER BY id) FROM identity.users),
                (SELECT string_agg(version::text, ',' ORDER BY id) FROM identity.roles),
                (SELECT string_agg(version::text, ',' ORDER BY key) FROM identity.settings))
            """)
    }

    @Test("There is an example of every method that keeps answers")
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
        let kept = try composition.methods.descriptions().filter { $0.keyedAnswer == .kept }
        #expect(Set(kept.map(\.name)) == Set(Self.examples.map(\.method)))
    }

    @Test(
        "With a key a call is done once and answered byte by byte alike", arguments: Self.examples)
    private func twice(example: Example) async throws {
        try await IdentityFixture.with { fixture in
            let (root, ada) = try await self.people(fixture)
            let before = try await self.state(fixture)
            let recordedBefore = try await fixture.recorded().count
            let first = try await example.call(fixture, root, ada, root.call(key: "k"))
            let after = try await self.state(fixture)
            #expect(after != before)
            for _ in 0..<2 {
                let again = try await example.call(fixture, root, ada, root.call(key: "k"))
                #expect(again == first)
            }
            #expect(try await self.state(fixture) == after)
            #expect(try await fixture.recorded().count == recordedBefore + 1)
        }
    }

    @Test("Fifty of the same call at once are done once and all answered alike")
    func parallel() async throws {
        try await IdentityFixture.with { fixture in
            let root = try await fixture.person(role: "superadmin")
            let request = CreateUser(email: "new@example.org", displayName: "New")
            let users = try await withThrowingTaskGroup(of: User.self) { group in
                for _ in 0..<50 {
                    group.addTask {
                        // On a machine under load the pool may refuse some, as it would in service.
                        while true {
                            do {
                                return try await fixture.users.create(request, root.call(key: "k"))
                            } catch let error as DatabaseError where error.code == .unavailable {
                                await Task.yield()
                            }
                        }
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(users.count == 50)
            #expect(Set(users.map(\.id)).count == 1)
        }
    }

    @Test("A key belongs to its caller, its method and its request, and failures leave it free")
    func apart() async throws {
        try await IdentityFixture.with { fixture in
            let root = try await fixture.person(role: "superadmin")
            let other = try await fixture.person(role: "superadmin")
            func create(_ name: String, by person: Person = root) async throws -> User {
                try await fixture.users.create(
                    CreateUser(email: "\(name)@example.org", displayName: name),
                    person.call(key: "k"))
            }
            let taken = CreateUser(email: root.email, displayName: "Taken")
            #expect(
                await refusal { try await fixture.users.create(taken, root.call(key: "k")) }
                    == "identity.user_exists")
            let ada = try await create("ada")
            #expect(await refusal { try await create("eve") } == "rpc.idempotency_key_reused")
            #expect(try await create("ada").id == ada.id)
            #expect(try await create("eve", by: other).email == "eve@example.org")
            // The same words of another method.
            _ = try await fixture.users.setActive(
                SetUserActive(userID: ada.id, isActive: false), root.call(key: "k"))
        }
    }

    @Test("An answer is given again only to who may still make the call")
    func rights() async throws {
        try await IdentityFixture.with { fixture in
            let root = try await fixture.person(role: "superadmin")
            let admin = try await fixture.person(role: "admin")
            let request = CreateUser(email: "new@example.org", displayName: "New")
            _ = try await fixture.users.create(request, admin.call(key: "k"))
            _ = try await fixture.grants.revokeRole(
                RevokeRole(userID: admin.id, role: "admin"), root.call())
            #expect(
                await refusal { try await fixture.users.create(request, admin.call(key: "k")) }
                    == "identity.exceeds_own_permissions")
        }
    }

    @Test("Of a password neither the text nor anything to guess it by is kept")
    func passwords() async throws {
        try await IdentityFixture.with { fixture in
            let root = try await fixture.person(role: "superadmin")
            func create(_ password: String) async throws -> User {
                try await fixture.users.create(
                    CreateUser(
                        email: "new@example.org", displayName: "New", password: password),
                    root.call(key: "k"))
            }
            let made = try await create(IdentityFixture.password)
            #expect(try await create(IdentityFixture.password).id == made.id)
            // Another password is another request: nobody is told that it was set.
            #expect(
                await refusal { try await create("another \(IdentityFixture.password)") }
                    == "rpc.idempotency_key_reused")
            let request = CreateUser(
                email: "new@example.org", displayName: "New", password: IdentityFixture.password)
            let bare = try #require(try KeyedCall(request, root.call(key: "k")))
            let kept: Data = try await fixture.superuserValue(
                "SELECT request_digest FROM identity.kept_answers")
            #expect(kept.count == 32 && [UInt8](kept) != bare.digest)
            let holds: Bool = try await fixture.superuserValue(
                """
                SELECT position(\(Data(IdentityFixture.password.utf8)) IN answer) > 0
                    OR position('argon2'::bytea IN answer) > 0 FROM identity.kept_answers
                """)
            #expect(!holds)
        }
    }

    @Test("What has expired is removed by maintenance, at most a thousand at a time")
    func maintenance() async throws {
        try await IdentityFixture.with { fixture in
            let root = try await fixture.person(role: "superadmin")
            _ = try await fixture.users.create(
                CreateUser(email: "new@example.org", displayName: "New"), root.call(key: "k"))
            try await fixture.asSuperuser(
                """
                INSERT INTO identity.kept_answers
                    (caller, method, key, request_digest, created_at, expires_at)
                SELECT uuidv7(), 'identity.Old', 'k', sha256('x'), now() - interval '2 days',
                    now() - interval '1 day'
                FROM generate_series(1, 1500)
                """)
            let count: SQL = "SELECT count(*) FROM identity.kept_answers"
            #expect(try await fixture.maintenance.prune())
            #expect(try await fixture.superuserValue(count, as: Int64.self) == 501)
            #expect(try await !fixture.maintenance.prune())
            #expect(try await fixture.superuserValue(count, as: Int64.self) == 1)
        }
    }
}
