package import ArgumentParser
internal import AuditAPI
internal import Logging
internal import Postgres
internal import RPC
internal import Sodium

/// `begin-audit-epoch`: numbers a service's audit events anew, after an older database was
/// restored.
///
/// The restored outbox knows less than the log does, so its next numbers are taken.  The service
/// does it when it next speaks to the log, and the log has it on record.
package struct BeginAuditEpochCommand<Program: ServiceProgram>: AsyncParsableCommand {
    package static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "begin-audit-epoch",
            abstract: "Number audit events anew, after an older database was restored.")
    }

    @OptionGroup private var options: ServiceOptions
    @Option(help: "Why, for the audit log.")
    private var reason: String

    package init() {}

    package func run() async throws {
        try await Program.reportingFailure {
            let definition = Program.definition
            let settings = try self.options.settings(for: definition)
            try Sodium.initialize()
            let logger = Logger(label: definition.name)
            let database = try ServiceRunner.database(definition, settings, logger)
            let outbox = AuditOutbox(
                schema: definition.schema,
                gauge: OutboxGauge(limit: settings[.auditOutboxLimit]))
            let fact = AuditFact(
                .auditEpochBegun, of: AuditResource("producer", definition.name),
                payload: AuditPayload(details: .object(["reason": .string(self.reason)])),
                priority: .repair)
            try await withThrowingTaskGroup { group in
                group.addTask { try await database.run() }
                defer { group.cancelAll() }
                try await RelayStore(database: database, schema: definition.schema)
                    .askForEpoch(recording: try outbox.record(fact, in: nil))
            }
            print("The numbering begins anew when \(definition.name) next reaches the log.")
        }
    }
}
