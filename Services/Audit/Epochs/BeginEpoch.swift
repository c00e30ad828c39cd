internal import ArgumentParser
internal import Logging
internal import Postgres
internal import ServiceKit
internal import Sodium

internal import struct FoundationEssentials.Data
internal import struct FoundationEssentials.URL

/// `steward-audit begin-epoch`
struct BeginEpoch: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "begin-epoch",
        abstract: "Go on with a new tree after a restore that lost signed entries.",
        discussion: """
            For use while the service is stopped. What the database still has stays readable and \
            provable under the checkpoints that fit it; the first entry of the new tree names what \
            is lost. Producers may leave a gap once.

            If the signer's file is lost, say so with --signer-file-lost and give the newest \
            checkpoint that was kept elsewhere (rpcctl audit checkpoint --output FILE): the new \
            epoch says for ever that more may have been signed than is known. A database from \
            before a newer checkpoint that nobody kept cannot be recognised then.
            """)

    @Option(help: "Why, for whoever reads the log later.")
    var reason: String

    @Flag(help: "The file of the last checkpoint is lost, with its backups.")
    var signerFileLost = false

    @Option(help: "The newest checkpoint that was kept elsewhere, if the signer's file is lost.")
    var checkpoint: String?

    @OptionGroup var options: ServiceOptions

    func validate() throws {
        guard self.checkpoint == nil || self.signerFileLost else {
            throw ValidationError("--checkpoint is for --signer-file-lost only.")
        }
    }

    func run() async throws {
        try await AuditService.reportingFailure {
            try Sodium.initialize()
            let settings = try self.options.settings(for: AuditService.definition)
            let signer = try AuditSettings.signer(settings)
            try signer.open()
            defer { signer.close() }
            let note = try self.checkpoint.map { try Self.note($0) }
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
                return try await EpochBeginning(
                    database: database, signer: signer, isSignerFileLost: self.signerFileLost,
                    keptNote: note
                ).begin(reason: self.reason)
            }
            print(begun.text, terminator: "")
        }
    }
    private static func note(_ path: String) throws -> String {
        do {
            return String(
                decoding: try Data(contentsOf: URL(fileURLWithPath: path)), as: UTF8.self)
        } catch {
            throw StartupError.failed("\(path) cannot be read.")
        }
    }
}
