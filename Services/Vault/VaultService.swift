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
            AuditOutbox.wholeBatchMigration(version: 6, schema: "vault", role: "steward_vault"),
        ],
        publicTables: ["vault_state", "accepted_losses"],
        settingKeys: VaultSettings.keys
    ) { environment in
        try ProcessHardening.apply()
        let keyring = try KeyringSettings.open(environment.settings)
        let state = AccessState(tolerance: environment.settings[.accessTolerance])
        let service = VaultComposition(
            database: environment.database, keyring: keyring, audit: environment.audit,
            answerLifetime: environment.settings[.answerLifetime],
            accessRetentionDays: environment.settings[.accessRetentionDays],
            logger: environment.logger,
            permits: { permission, person in
                state.withSnapshot { $0.grants(permission, to: person) }
            })
        try await service.upkeep.makeMonths()
        try await service.comparison.open()
        return ServiceComposition(
            methods: service.methods,
            authorizer: AccessAuthorizer(
                state: state, recorder: environment.denials,
                recordedReasons: [RPCError.secretNotYours.reason], logger: environment.logger),
            background: [
                AccessFollower(
                    state: state, identity: environment.peers.client(of: "identity"),
                    logger: environment.logger)
            ] + service.background,
            health: [
                { state.health }, { service.standing.health }, { service.alarm.health },
                { Self.health(of: keyring) },
            ])
    }

    private static func health(of keyring: Keyring) -> DependencyHealth {
        let objection = keyring.objection
        return DependencyHealth(
            name: "keyring", isReady: objection == nil, message: objection?.description)
    }
}
