internal import ArgumentParser
internal import Logging
internal import Postgres
internal import ServiceKit
internal import Sodium

/// `steward-audit begin-epoch`
struct BeginEpoch: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "begin-epoch",
        abstract: "Go on with a new tree after a restore that lost signed entries.",
        discussion: """
            For use while the service is stopped. What the database still has stays readable and \
            provable under the checkpoints that fit it; the first entry of the new tree names what \
            is lost. Producers may leave a gap once.
            """)

    @Option(help: "Why, for whoever reads the log later.")
    var reason: String

    @OptionGroup var options: ServiceOptions

    func run() async throws {
        try await AuditService.reportingFailure {
            try Sodium.initialize()
            let settings = try self.options.settings(for: AuditService.definition)
            let signer = try AuditSettings.signer(settings)
            try signer.open()
            defer { signer.close() }
            let connection = settings[.database]
            guard !connection.isEmpty else {
                throw StartupError.configuration("STEWARD_DATABASE is not set.")
            }
            let database = Database(
                configuration: DatabaseConfiguration(
                    connectionString: connection, applicationName: "steward-audit begin-epoch"),
                logger: Logger(label: "begin-epoch", factory: { _ in SwiftLogNoOpLogHandler() }))
            let begun = try await withThrowingTaskGroup { group in
                group.addTask { try await database.run() }
                defer { group.cancelAll() }
                return try await EpochBeginning(database: database, signer: signer)
                    .begin(reason: self.reason)
            }
            print(begun.text, terminator: "")
        }
    }
}
