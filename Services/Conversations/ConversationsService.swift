internal import ArgumentParser
internal import Postgres
internal import ServiceKit

/// `steward-conversations`: what people and models said to each other.
@main
struct ConversationsService: AsyncParsableCommand, ServiceProgram {
    static let configuration = commands("Keeps conversations, follows them, and finds them again.")

    static let definition = ServiceDefinition(
        name: "conversations",
        build: "0.1.0",
        migrations: embeddedMigrations([
            ("V0001_conversations.sql", PackageResources.V0001_conversations_sql),
            ("V0002_messages.sql", PackageResources.V0002_messages_sql),
            ("V0003_transfer.sql", PackageResources.V0003_transfer_sql),
            ("V0004_purge.sql", PackageResources.V0004_purge_sql),
        ]) + [
            KeptAnswers.migration(
                version: 5,
                schema: "conversations",
                role: "steward_conversations",
                prunePurpose: "purge"
            ),
            AuditOutbox.migration(
                version: 6,
                schema: "conversations",
                role: "steward_conversations"
            ),
        ] + embeddedMigrations([
            ("V0007_chosen_ids.sql", PackageResources.V0007_chosen_ids_sql),
        ]) + [
            AuditOutbox.batchMigration(
                version: 8,
                schema: "conversations",
                role: "steward_conversations"
            ),
            AuditOutbox.wholeBatchMigration(
                version: 9,
                schema: "conversations",
                role: "steward_conversations"
            ),
        ]
    ) { environment in
        let access = environment.accessFollowedFromIdentity()
        let service = ConversationsComposition(
            database: environment.database,
            answerLifetime: environment.settings[.answerLifetime],
            audit: environment.audit,
            logger: environment.logger
        )
        return ServiceComposition(
            methods: service.methods,
            authorizer: access.authorizer,
            background: [access.follower] + service.background,
            health: [{ access.state.health }]
        )
    }
}
