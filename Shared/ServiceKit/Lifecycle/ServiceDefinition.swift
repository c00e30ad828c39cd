package import Logging
package import Postgres
package import RPC
package import ServiceLifecycle

/// What a service is: its name, its data, its settings, and how it is put together.
package struct ServiceDefinition: Sendable {
    /// The name, the prefix of its methods and of its socket: `identity`.
    package let name: String
    /// The schema of its tables, usually its name.
    package let schema: String
    /// Its version.
    package let build: String
    /// The migrations of its schema.
    package let migrations: [Migration]
    /// Tables that hold nobody's data and therefore need no row level security.
    package let publicTables: Set<String>
    /// Other schemas that its role may see, such as one for extensions.
    package let sharedSchemas: Set<String>
    /// Its settings beside those that every service has.
    package let settingKeys: [SettingKey]
    /// The peer names whose word on a person's address is believed.
    package let gateways: @Sendable (ServiceSettings) -> [String]
    /// Puts the service together once the database answers and fits.
    package let compose: @Sendable (ServiceEnvironment) async throws -> ServiceComposition

    /// Defines a service; see the properties.
    package init(
        name: String,
        schema: String? = nil,
        build: String,
        migrations: [Migration],
        publicTables: Set<String> = [],
        sharedSchemas: Set<String> = [],
        settingKeys: [SettingKey] = [],
        gateways: @escaping @Sendable (ServiceSettings) -> [String] = { $0[.gateways] },
        compose: @escaping @Sendable (ServiceEnvironment) async throws -> ServiceComposition
    ) {
        self.name = name
        self.schema = schema ?? name
        self.build = build
        self.migrations = migrations
        self.publicTables = publicTables
        self.sharedSchemas = sharedSchemas
        self.settingKeys = settingKeys
        self.gateways = gateways
        self.compose = compose
    }

    /// The role that owns the schema where the settings name no other.
    package var ownerRole: String { "steward_\(self.name)_owner" }
    /// The role that the service runs as.
    package var runtimeRole: String { "steward_\(self.name)" }
    /// Reads and checks the schema's history.
    package var migrator: Migrator {
        Migrator(
            migrations: self.migrations, schema: self.schema, runtimeRole: self.runtimeRole)
    }
}

/// What a service is put together from.
package struct ServiceEnvironment: Sendable {
    /// Its settings, checked.
    package let settings: ServiceSettings
    /// Its database, which answers.
    package let database: Database
    /// Its log.
    package let logger: Logger
    /// The other services.
    package let peers: PeerDirectory
    /// Where it records what it does.
    package let audit: AuditOutbox
    /// Records the calls that are refused; for ``AccessAuthorizer``.
    package let denials: DenialRecorder

    /// Brings everything together; services get one, tests make one.
    package init(
        settings: ServiceSettings, database: Database, logger: Logger, peers: PeerDirectory,
        audit: AuditOutbox
    ) {
        self.settings = settings
        self.database = database
        self.logger = logger
        self.peers = peers
        self.audit = audit
        self.denials = DenialRecorder(outbox: audit, database: database, logger: logger)
    }

    /// Access as identity tells it over the wire: what every service but identity decides by.
    ///
    /// - Parameter profiles: keeps what people are called; see ``AccessFollower``.
    package func accessFollowedFromIdentity(
        profiles: AccessFollower.ProfileKeeper? = nil
    ) -> FollowedAccess {
        let state = AccessState(tolerance: self.settings[.accessTolerance])
        return FollowedAccess(
            state: state,
            authorizer: AccessAuthorizer(
                state: state, recorder: self.denials, logger: self.logger),
            follower: AccessFollower(
                state: state, identity: self.peers.client(of: "identity"), logger: self.logger,
                profiles: profiles))
    }
}

/// An ``AccessState`` with what decides by it and what keeps it current.
package struct FollowedAccess: Sendable {
    /// What is known.
    package let state: AccessState
    /// Decides about calls; for ``ServiceComposition/authorizer``.
    package let authorizer: AccessAuthorizer
    /// Keeps the state current; for ``ServiceComposition/background``.
    package let follower: AccessFollower

    /// Brings the three together.
    package init(state: AccessState, authorizer: AccessAuthorizer, follower: AccessFollower) {
        self.state = state
        self.authorizer = authorizer
        self.follower = follower
    }
}

/// A service that is put together and ready to serve.
package struct ServiceComposition: Sendable {
    /// What it answers.
    package let methods: MethodTable
    /// Who may call; run beside the server if it is itself a `Service`.
    package let authorizer: any CallAuthorizer
    /// What runs beside the server, started before it and stopped after it.
    package let background: [any Service]
    /// What it needs beside the database, asked for each health report.
    package let health: [@Sendable () async -> DependencyHealth]
    /// Where its audit events go; `nil` means to the audit service.
    package let auditSink: AuditRelay.Sink?
    /// How long it does all its work without a word from the audit log; `nil` means until the
    /// outbox is full.  Only for a service of which one instance runs.
    package let auditSilenceLimit: Duration?
    /// Where what it measures goes; `nil` means to the audit service.
    package let metricsSink: MetricsReporter.Sink?

    /// Describes a service; see the properties.
    package init(
        methods: MethodTable,
        authorizer: any CallAuthorizer,
        background: [any Service] = [],
        health: [@Sendable () async -> DependencyHealth] = [],
        auditSink: AuditRelay.Sink? = nil,
        auditSilenceLimit: Duration? = nil,
        metricsSink: MetricsReporter.Sink? = nil
    ) {
        self.methods = methods
        self.authorizer = authorizer
        self.background = background
        self.health = health
        self.auditSink = auditSink
        self.auditSilenceLimit = auditSilenceLimit
        self.metricsSink = metricsSink
    }
}
