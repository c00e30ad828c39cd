internal import ArgumentParser
internal import Logging
internal import Postgres
internal import ServiceKit
internal import Sodium

/// `steward-vault accept-restore`
struct AcceptRestore: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "accept-restore",
        abstract: "Take over a database that was restored from a backup on purpose.",
        discussion: """
            For use while the service is stopped. What was destroyed since the backup is destroyed \
            in the database again; its keys are gone from the keyring anyway. Rows that somebody \
            else has changed stay refused.
            """)

    @Option(help: "Why, for whoever reads the log later.")
    var reason: String

    @OptionGroup var options: ServiceOptions

    func run() async throws {
        try await VaultService.reportingFailure {
            try Sodium.initialize()
            try ProcessHardening.apply()
            let settings = try self.options.settings(for: VaultService.definition)
            let connection = settings[.database]
            guard !connection.isEmpty else {
                throw StartupError.configuration("STEWARD_DATABASE is not set.")
            }
            let keyring = try KeyringSettings.open(settings)
            defer { keyring.close() }
            let logger = Logger(
                label: "accept-restore", factory: { _ in SwiftLogNoOpLogHandler() })
            let database = Database(
                configuration: DatabaseConfiguration(
                    connectionString: connection,
                    applicationName: "steward-vault accept-restore"),
                logger: logger)
            let outcome = try await withThrowingTaskGroup { group in
                group.addTask { try await database.run() }
                defer { group.cancelAll() }
                let audit = AuditOutbox(
                    schema: "vault", gauge: OutboxGauge(limit: settings[.auditOutboxLimit]))
                let rows = RowGuard(keyring: keyring)
                return try await RestoreAcceptance(
                    database: database, rows: rows, audit: audit,
                    comparison: Comparison(
                        database: database, rows: rows,
                        alarm: TamperAlarm(database: database, audit: audit, logger: logger),
                        standing: VaultStanding(), logger: logger)
                ).accept(reason: self.reason)
            }
            print(
                """
                \(outcome.acceptedCount) older rows are accepted, \(outcome.lostCount) rows are \
                lost, \(outcome.destroyedCount) secrets and versions were destroyed again, \
                \(outcome.alteredCount) rows were changed by somebody else and stay refused.
                """)
        }
    }
}
