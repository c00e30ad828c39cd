import ArgumentParser
import AuditFormat
import RPC
import TransparencyLog
import Wire

/// Runs `rpcctl audit verify`.
struct AuditVerifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Verifies a file that rpcctl audit prove wrote, or the whole log.",
        discussion: """
            A file is verified by the key alone; no service is asked. Without a file every entry \
            of the log is read and hashed, and the root compared with the newest signed \
            checkpoint, which the signer keeps outside the database; --checkpoint takes one that \
            was kept elsewhere and shows that the log is a continuation of it. Then the service \
            checks what it has stored beside the entries.

            Exits with 4 and says what and where if anything is not what was signed.
            """)

    @Argument(
        help: "The file; the whole log if absent.", completion: .file())
    var file: String?

    @Option(
        help: ArgumentHelp(
            "An earlier checkpoint, as rpcctl audit checkpoint wrote it.", valueName: "file"),
        completion: .file())
    var checkpoint: String?

    @Flag(help: "Leave out what is personal: it is then neither sent nor checked here.")
    var withoutPayloads = false

    @OptionGroup var keys: AuditKeyOptions
    @OptionGroup var target: AddressOptions
    @OptionGroup var output: FormatOptions

    func validate() throws {
        if self.file != nil, self.checkpoint != nil || self.withoutPayloads {
            throw ValidationError("--checkpoint and --without-payloads are for the whole log.")
        }
    }

    func run() async throws {
        if let file { return try self.verify(file: file) }
        let installation = try self.target.installation()
        let audit = try AuditConnection(installation)
        let log = try await VerifiedLog(
            audit, keys: installation.auditKeys, given: self.keys.key)
        let older = try self.checkpoint.map { try log.kept(in: $0) }
        let progress = LogVerifier.Position(size: log.checkpoint.size)
        let verifier = LogVerifier(
            audit: audit, log: log, older: older, withPayloads: !self.withoutPayloads,
            progress: progress)
        let verdict = try await Progress.shown { style in
            progress.line(style: style)
        } while: {
            try await verifier.run()
        }
        if self.output.format == .table {
            let stream = OutputStream.standardOutput
            try stream.write(LogVerdictPage(style: stream.style).text(verdict))
        } else {
            try ResultPrinter(self.output.format).reply(try verdict.value())
        }
        try verdict.check()
    }

    private func verify(file: String) throws {
        let content = try FileSource.disk.read(file)
        // With a key on the command line nothing of this machine's configuration matters.
        let known =
            try self.keys.key?.key ?? self.target.installation().auditKeys.known(nil)
        guard let key = known else {
            throw CommandFailure.usage(
                "Whose signature is to be believed? There is no key yet.",
                hints: ["--key KEY, with the key that the log's operators have published"])
        }
        let entry: VerifiedEntry
        do {
            entry = try ProvenEntryFile(parsing: content).verify(trusting: key)
        } catch {
            throw CommandFailure.notVerified("“\(file)” proves nothing: \(error).")
        }
        guard self.output.format == .table else {
            return try ResultPrinter(self.output.format).reply(try VerifiedEntryPage.value(entry))
        }
        let stream = OutputStream.standardOutput
        try stream.write(VerifiedEntryPage(style: stream.style).text(entry))
    }
}
