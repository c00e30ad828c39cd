internal import ArgumentParser
internal import Postgres
internal import RPC
internal import ServiceKit

/// `steward-vault`: keeps credentials that it does not read.
@main
struct VaultService: AsyncParsableCommand, ServiceProgram {
    static let configuration = commands(
        "Keeps credentials that it does not read.",
        and: [
            CreateRootKey.self, InitializeKeyring.self, CreateRecoveryKey.self,
            RestoreKeyring.self, ShowKeyringStatus.self, AcceptRestore.self,
            RotateRootKey.self, SetRecoveryKey.self,
        ])

    static let definition = ServiceDefinition(
        name: "vault",
        build: "0.1.0",
        migrations: embeddedMigrations([
            ("V0001_secrets.sql", PackageResources.V0001_secrets_sql),
            ("V0002_access.sql", PackageResources.V0002_access_sql),
        ]) + [
            KeptAnswers.migration(
                version: 3, schema: "vault", role: "steward_vault", workPurposes: ["secrets"],
                prunePurpose: "prune"),
            AuditOutbox.migration(version: 4, schema: "vault", role: "steward_vault"),
            AuditOutbox.batchMigration(version: 5, schema: "vault", role: "steward_vault"),
        ]
            + embeddedMigrations([
                ("V0006_rotation.sql", PackageResources.V0006_rotation_sql),
                ("V0007_key_events.sql", PackageResources.V0007_key_events_sql),
            ]) + [
                AuditOutbox.wholeBatchMigration(
                    version: 8, schema: "vault", role: "steward_vault")
            ],
        publicTables: ["vault_state", "accepted_losses", "key_events"],
        settingKeys: VaultSettings.keys
    ) { environment in
        try ProcessHardening.apply()
        let keyring = try KeyringSettings.open(environment.settings)
        let state = AccessState(tolerance: environment.settings[.accessTolerance])
        let service = VaultComposition(
            database: environment.database, keyring: keyring, audit: environment.audit,
            answerLifetime: environment.settings[.answerLifetime],
            accessRetentionDays: environment.settings[.accessRetentionDays],
            logSilenceLimit: environment.settings[.logSilenceLimit],
            makers: RotationMakers(environment.settings),
            logger: environment.logger,
            permits: { permission, person in
                state.withSnapshot { $0.grants(permission, to: person) }
            })
        try await service.upkeep.makeMonths()
        try await service.open()
        return ServiceComposition(
            methods: service.methods,
            authorizer: AccessAuthorizer(
                state: state, audiences: [AccessTokenClaims.audience, "vault"],
                recorder: environment.denials,
                recordedReasons: [RPCError.secretNotYours.reason],
                whyStale: { service.standing.databaseRefusal }, logger: environment.logger),
            background: [
                AccessFollower(
                    state: state, identity: environment.peers.client(of: "identity"),
                    logger: environment.logger)
            ] + service.background,
            health: [
                { state.health }, { service.standing.health }, { service.alarm.health },
                { Self.health(of: keyring) },
            ],
            auditSilenceLimit: environment.settings[.logSilenceLimit])
    }

    private static func health(of keyring: Keyring) -> DependencyHealth {
        let objection = keyring.objection
        return DependencyHealth(
            name: "keyring", isReady: objection == nil, message: objection?.description)
    }
}
