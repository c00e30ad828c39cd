internal import ArgumentParser
internal import Postgres
internal import ServiceKit

/// `steward-audit`: the log of what happened, which nobody can change unseen.
@main
struct AuditService: AsyncParsableCommand, ServiceProgram {
    static let configuration = commands(
        "Keeps the log of what happened, and proves it.",
        and: [CreateSigningKey.self, BeginEpoch.self, RetireProducer.self])

    static let definition = ServiceDefinition(
        name: "audit",
        build: "0.1.0",
        migrations: embeddedMigrations([
            ("V0001_log.sql", PackageResources.V0001_log_sql)
        ]) + [
            AuditOutbox.migration(version: 2, schema: "audit", role: "steward_audit")
        ] + embeddedMigrations([
            ("V0003_reading.sql", PackageResources.V0003_reading_sql),
            ("V0004_people.sql", PackageResources.V0004_people_sql),
            ("V0005_activity.sql", PackageResources.V0005_activity_sql),
        ]) + [
            KeptAnswers.migration(
                version: 6, schema: "audit", role: "steward_audit",
                workPurposes: ["retention", "metrics"], prunePurpose: "prune")
        ] + embeddedMigrations([
            ("V0007_retention.sql", PackageResources.V0007_retention_sql),
            ("V0008_metrics.sql", PackageResources.V0008_metrics_sql),
            ("V0009_checkpoint_chain.sql", PackageResources.V0009_checkpoint_chain_sql),
        ]) + [
            AuditOutbox.batchMigration(version: 10, schema: "audit", role: "steward_audit")
        ] + embeddedMigrations([
            ("V0011_hashed_only.sql", PackageResources.V0011_hashed_only_sql),
            ("V0012_silence.sql", PackageResources.V0012_silence_sql),
        ]) + [
            AuditOutbox.wholeBatchMigration(version: 13, schema: "audit", role: "steward_audit")
        ] + embeddedMigrations([
            ("V0014_comments.sql", PackageResources.V0014_comments_sql),
            ("V0015_retirement.sql", PackageResources.V0015_retirement_sql),
        ]),
        publicTables: [
            "producers", "producer_epochs", "producer_gaps", "log_epochs", "log_state", "tiles",
            "checkpoints", "follow_position", "metric_series", "metric_samples",
        ],
        settingKeys: AuditSettings.keys
    ) { environment in
        let people = PeopleStore(database: environment.database)
        let access = environment.accessFollowedFromIdentity { try await people.keep($0) }
        let signer = try AuditSettings.signer(environment.settings)
        try signer.open()
        let service = AuditComposition(
            database: environment.database, signer: signer, audit: environment.audit,
            answerLifetime: environment.settings[.answerLifetime],
            silenceLimit: environment.settings[.silenceLimit], logger: environment.logger,
            permits: { permission, person in
                access.state.withSnapshot { $0.grants(permission, to: person) }
            })
        return ServiceComposition(
            methods: service.methods,
            authorizer: access.authorizer,
            background: [access.follower] + service.background,
            health: [
                { access.state.health }, { service.standing.health }, { service.silence.health },
            ],
            auditSink: { try await service.sequencer.append($0) },
            metricsSink: { try await service.metrics.report($0, of: nil) })
    }
}
