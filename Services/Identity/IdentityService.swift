internal import ArgumentParser
internal import IdentityAPI
internal import Logging
internal import Postgres
internal import RPC
internal import ServiceKit
internal import Sodium

/// `steward-identity`: who people are, how they prove it, and what they may do.
@main
struct IdentityService: AsyncParsableCommand, ServiceProgram {
    static let configuration = commands(
        "Knows people, their sessions, and what they may do.",
        and: [CreateAdministrator.self, CreateSigningKey.self])

    static let definition = ServiceDefinition(
        name: "identity",
        build: "0.1.0",
        migrations: embeddedMigrations([
            ("V0001_people.sql", PackageResources.V0001_people_sql),
            ("V0002_roles.sql", PackageResources.V0002_roles_sql),
            ("V0003_sessions.sql", PackageResources.V0003_sessions_sql),
            ("V0004_access.sql", PackageResources.V0004_access_sql),
            ("V0005_row_security.sql", PackageResources.V0005_row_security_sql),
        ]) + [
            KeptAnswers.migration(
                version: 6, schema: "identity", role: "steward_identity",
                workPurposes: ["administration"], prunePurpose: "maintenance"),
            AuditOutbox.migration(version: 7, schema: "identity", role: "steward_identity"),
        ]
            + embeddedMigrations([
                ("V0008_profiles.sql", PackageResources.V0008_profiles_sql),
                (
                    "V0009_audit_permissions.sql",
                    PackageResources.V0009_audit_permissions_sql
                ),
            ]) + [
                AuditOutbox.batchMigration(
                    version: 10, schema: "identity", role: "steward_identity"),
                AuditOutbox.wholeBatchMigration(
                    version: 11, schema: "identity", role: "steward_identity"),
            ],
        settingKeys: IdentitySettings.keys,
        gateways: IdentitySettings.gateways
    ) { environment in
        let settings = environment.settings
        let signer = try await AccessTokenSigner(
            seed: SigningKeyFile.load(settings.credentials))
        let workers = settings[.passwordWorkers]
        let service = IdentityComposition(
            database: environment.database,
            passwords: Passwords(
                pool: PasswordHashingPool(threadCount: workers == 0 ? nil : workers),
                policy: try IdentitySettings.passwordPolicy(settings)),
            signer: signer,
            throttle: settings[.throttle],
            gateways: Set(IdentitySettings.gateways(settings)),
            lifetimes: try IdentitySettings.lifetimes(settings),
            accessTolerance: settings[.accessTolerance],
            answerLifetime: settings[.answerLifetime],
            audit: environment.audit,
            denials: environment.denials,
            logger: environment.logger)
        if service.throttle == .off {
            environment.logger.warning("sign-ins are not throttled: this is for tests only")
        }
        // Other services learn of the key before the first token signed with it can reach them.
        try await SigningKeyStore(database: environment.database).register(
            signer.key, recordingIn: environment.audit)
        return service.composition
    }
}
