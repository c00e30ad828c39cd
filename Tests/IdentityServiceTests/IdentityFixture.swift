internal import FoundationEssentials
internal import IdentityAPI
internal import Locks
internal import Logging
internal import Postgres
internal import PostgresTestSupport
internal import ServiceKit
internal import Sodium

@testable import IdentityService
@testable import RPC

/// A migrated database with everything that identity's handlers need, in process.
struct IdentityFixture: Sendable {
    let test: TestDatabase
    let database: Database
    let passwords: Passwords
    let signer: AccessTokenSigner
    var throttle = ThrottleMode.on
    var lifetimes = SessionLifetimes()

    /// A password that the rules allow and that everybody in these tests has.
    static let password = "vellum otter brine quay"
    /// Cheap parameters, for tests that are not about the cost.
    static let cheap = PasswordHashingParameters(memoryByteCount: 8_192, passCount: 1)

    /// Makes a database, lends the fixture, and closes the connections.
    @discardableResult
    static func with<Value: Sendable>(
        throttle: ThrottleMode = .on, lifetimes: SessionLifetimes = SessionLifetimes(),
        parameters: PasswordHashingParameters = cheap, connections: Int = 8,
        _ body: (IdentityFixture) async throws -> Value
    ) async throws -> Value {
        let test = try await IdentityDatabase.make()
        let database = IdentityDatabase.open(test, connections: connections)
        let seed = try SecretBytes(random: AccessTokenSigner.seedByteCount)
        let fixture = IdentityFixture(
            test: test, database: database,
            passwords: Passwords(
                pool: PasswordHashingPool(
                    hasher: PasswordHasher(parameters: parameters), queueLimit: 10_000,
                    maximumWait: .seconds(60)),
                policy: PasswordPolicy()),
            signer: try await AccessTokenSigner(seed: seed), throttle: throttle,
            lifetimes: lifetimes)
        return try await IdentityDatabase.running(database) { try await body(fixture) }
    }

    /// Where the service records what it does.
    static let audit = AuditOutbox(schema: "identity", gauge: OutboxGauge(limit: 1_000_000))
    var audit = Self.audit

    // MARK: Handlers

    var signIns: SignInHandlers {
        SignInHandlers(
            store: SignInStore(database: self.database, lifetimes: self.lifetimes),
            refreshes: RefreshStore(database: self.database, lifetimes: self.lifetimes),
            passwords: self.passwords, tokens: TokenIssuer(signer: self.signer),
            throttle: self.throttle, gateways: ["gateway"], audit: self.audit)
    }

    var signUps: SignUpHandler {
        SignUpHandler(
            store: SignUpStore(database: self.database), passwords: self.passwords,
            throttle: self.throttle, gateways: ["gateway"], audit: self.audit)
    }

    var sessions: SessionHandlers {
        SessionHandlers(store: SessionStore(database: self.database), audit: self.audit)
    }

    var tokens: IssueTokenHandler {
        IssueTokenHandler(
            database: self.database, tokens: TokenIssuer(signer: self.signer), audit: self.audit)
    }

    var profiles: ProfileHandlers {
        ProfileHandlers(
            store: ProfileStore(database: self.database, answers: self.answers),
            audit: self.audit)
    }

    var changes: ChangePasswordHandler {
        ChangePasswordHandler(
            store: PasswordStore(database: self.database), passwords: self.passwords,
            throttle: self.throttle, audit: self.audit)
    }

    private var administration: Administration {
        Administration(
            database: self.database, answers: self.answers, audit: self.audit)
    }

    /// As the service has it.
    var answers: KeptAnswers {
        KeptAnswers(schema: "identity", secret: self.signer.digestSecret)
    }

    var maintenance: MaintenanceStore {
        MaintenanceStore(database: self.database, answers: self.answers)
    }

    var users: UserHandlers {
        UserHandlers(
            store: UserStore(database: self.database), administration: self.administration,
            passwords: self.passwords)
    }

    var roles: RoleHandlers {
        RoleHandlers(
            store: RoleStore(database: self.database), administration: self.administration)
    }

    var grants: GrantHandlers { GrantHandlers(administration: self.administration) }

    var settings: SettingHandlers {
        SettingHandlers(
            store: SettingStore(database: self.database), administration: self.administration)
    }

    // MARK: People

    private static let counter = Atomic<Int>(0)

    /// Makes an account and signs in.
    func person(_ name: String = "person", role: String? = nil) async throws -> Person {
        let number = Self.counter.wrappingAdd(1, ordering: .relaxed).newValue
        let email = "\(name)\(number)@example.org"
        var user = NewUser(email: email, displayName: "Somebody")
        user.passwordHash = try await self.passwords.pool.hash(Self.password)
        let inserted = try await self.database.write(
            user.insert(skipsTaken: false), as: .purpose("administration"))
        let id: UUID = try inserted[0].rows[0].get("id")
        if let role {
            _ = try await self.database.write(
                """
                INSERT INTO identity.user_roles (user_id, role_id)
                SELECT \(id), r.id FROM identity.roles r WHERE r.name = \(role)
                """,
                as: .purpose("administration"))
        }
        let signedIn = try await self.signIn(email, source: .unixSocket(uid: 1, gid: 1, pid: 1))
        return Person(id: id, email: email, signedIn: signedIn)
    }

    /// Signs in with the password that everybody has.
    func signIn(
        _ identifier: String, password: String = password,
        source: Peer.Source = .unixSocket(uid: 1_000, gid: 1_000, pid: 1)
    ) async throws -> SignedIn {
        try await self.signIns.signIn(
            SignIn(identifier: identifier, password: password, userAgent: "tests"),
            .testing(SignIn.contract.name, peer: Peer(source: source)))
    }

    /// Exchanges a refresh token.
    func refresh(_ token: String) async throws -> SignedIn {
        try await self.signIns.refresh(
            RefreshSession(refreshToken: token), .testing(RefreshSession.contract.name))
    }

    /// Runs a script past all row security.
    func asSuperuser(_ script: String) async throws { try await self.test.runAsSuperuser(script) }

    /// One value past all row security.
    func superuserValue<Value: SQLValue>(
        _ sql: SQL, as: Value.Type = Value.self
    ) async throws
        -> Value
    {
        let database = Database(
            configuration: DatabaseConfiguration(
                connectionString: self.test.superuserConnectionString),
            logger: .silent)
        return try await IdentityDatabase.running(database) {
            let result = try await database.query(sql, as: .nobody)
            guard let row = result.rows.first else {
                throw DatabaseError(code: .decoding, message: "no row")
            }
            return try row.get(0)
        }
    }

    /// The access events after a position.
    func events(after position: Int64 = 0) async throws -> [AccessEvent] {
        try await AccessEventStore(database: self.database).events(after: position).events
    }
}

/// Somebody who is signed in.
struct Person: Sendable {
    let id: UUID
    let email: String
    let signedIn: SignedIn

    /// A call of theirs.
    func call(_ method: String = "identity.Test", key: String? = nil) -> CallContext {
        .testing(
            method,
            key: key,
            caller: Caller(
                userID: self.id, sessionID: self.signedIn.sessionID, authenticatedAt: .now,
                expiresAt: .now + 300))
    }
}

extension CallContext {
    /// A call as handlers get it.
    static func testing(
        _ method: String = "identity.Test", key: String? = nil, caller: Caller? = nil,
        peer: Peer = Peer(source: .unixSocket(uid: 1_000, gid: 1_000, pid: 1)),
        metadata: [String: String] = [:]
    ) -> CallContext {
        CallContext(
            method: method, peer: peer, caller: caller, deadline: .now + .seconds(60),
            idempotencyKey: key, attempt: 0, trace: nil, metadata: metadata, token: nil,
            logger: .silent)
    }
}

extension Logger {
    /// Says nothing.
    static var silent: Logger {
        Logger(label: "tests", factory: { _ in SwiftLogNoOpLogHandler() })
    }
}

/// Databases as an installation has them.
enum IdentityDatabase {
    /// Makes an empty database, its roles, and the schema with all migrations.
    static func make() async throws -> TestDatabase {
        let test = try await TemporaryCluster.shared().makeDatabase()
        // Roles belong to the cluster, and the lock to the database it is taken in.
        try await SQLScript.run(
            """
            DO $$
            BEGIN
                PERFORM pg_advisory_xact_lock(1);
                IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'steward_identity') THEN
                    CREATE ROLE steward_identity_owner NOLOGIN;
                    CREATE ROLE steward_identity LOGIN NOINHERIT;
                    CREATE ROLE steward_identity_migrate LOGIN IN ROLE steward_identity_owner;
                END IF;
            END
            $$
            """, connectionString: test.cluster.connectionString())
        try await test.runAsSuperuser(
            """
            CREATE SCHEMA identity AUTHORIZATION steward_identity_owner;
            CREATE SCHEMA other;
            CREATE TABLE other.secrets (id int);
            GRANT CONNECT ON DATABASE \(test.name) TO steward_identity, steward_identity_migrate;
            REVOKE ALL ON SCHEMA public FROM PUBLIC;
            """)
        _ = try await IdentityService.definition.migrator.migrate(
            connectionString: Self.migrationConnection(test),
            role: IdentityService.definition.ownerRole)
        return test
    }

    /// How the migrate command connects.
    static func migrationConnection(_ test: TestDatabase) -> String {
        test.cluster.connectionString(database: test.name, user: "steward_identity_migrate")
    }

    /// How the service connects.
    static func runtimeConnection(_ test: TestDatabase) -> String {
        test.cluster.connectionString(database: test.name, user: "steward_identity")
    }

    /// A pool as the service has it.
    static func open(_ test: TestDatabase, connections: Int = 8) -> Database {
        var configuration = DatabaseConfiguration(
            connectionString: Self.runtimeConnection(test))
        configuration.maximumConnections = connections
        configuration.pipelinedConnections = 1
        return Database(configuration: configuration, logger: .silent)
    }

    /// Keeps a pool up while `body` runs.
    static func running<Value: Sendable>(
        _ database: Database, _ body: () async throws -> Value
    ) async throws -> Value {
        async let run: Void = database.run()
        do {
            let value = try await body()
            await database.close()
            try await run
            return value
        } catch {
            await database.close()
            try await run
            throw error
        }
    }
}
