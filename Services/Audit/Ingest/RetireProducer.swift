internal import ArgumentParser
internal import Logging
internal import Postgres
internal import ServiceKit
internal import Sodium

/// `steward-audit retire-producer`
struct RetireProducer: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "retire-producer",
        abstract: "Expect nothing more of a service that there is no longer.",
        discussion: """
            The health report then tells no more that nothing is heard of it. What it recorded \
            stays in the log, and when it calls again it is expected again. The log has an event \
            that says so.
            """)

    @Argument(help: "The service, such as tools.")
    var producer: String

    @Option(help: "Why, for whoever reads the log later.")
    var reason: String

    @OptionGroup var options: ServiceOptions

    func run() async throws {
        try await AuditService.reportingFailure {
            try Sodium.initialize()
            let definition = AuditService.definition
            let settings = try self.options.settings(for: definition)
            let connection = settings[.database]
            guard !connection.isEmpty else {
                throw StartupError.configuration("STEWARD_DATABASE is not set.")
            }
            let database = Database(
                configuration: DatabaseConfiguration(
                    connectionString: connection, applicationName: "steward-audit retire-producer"),
                logger: Logger(
                    label: "retire-producer", factory: { _ in SwiftLogNoOpLogHandler() }))
            let retirement = ProducerRetirement(
                database: database,
                audit: AuditOutbox(
                    schema: definition.schema,
                    gauge: OutboxGauge(limit: settings[.auditOutboxLimit])))
            try await withThrowingTaskGroup { group in
                group.addTask { try await database.run() }
                defer { group.cancelAll() }
                try await retirement.retire(self.producer, reason: self.reason)
            }
            print("Nothing more is expected of \(self.producer).")
        }
    }
}
