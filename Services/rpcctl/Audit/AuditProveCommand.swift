import ArgumentParser
import AuditAPI
import AuditFormat
import FoundationEssentials
import RPC

/// Runs `rpcctl audit prove`.
struct AuditProveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prove",
        abstract: "Writes a file that proves an event, also without the services.",
        discussion: """
            Whoever has the file and the log's key can verify it with rpcctl audit verify FILE \
            --key KEY on any machine. The file holds what is personal about the event, unless that \
            was erased.
            """)

    @Argument(
        help: ArgumentHelp(
            "The event's id, or its place in the log, from 0.", valueName: "event"))
    var event: String

    @Option(
        help: ArgumentHelp(
            "The new file; audit-entry-N.json if absent, - is standard output.",
            valueName: "file"), completion: .file())
    var output: String?

    @Flag(help: "Replace a file that is there.")
    var force = false

    @OptionGroup var keys: AuditKeyOptions
    @OptionGroup var target: AddressOptions

    func run() async throws {
        let request: ProveInclusion
        if let id = UUID(uuidString: self.event) {
            request = ProveInclusion(eventID: id)
        } else if let index = Int64(self.event), index >= 0 {
            request = ProveInclusion(logIndex: index)
        } else {
            throw CommandFailure.usage("“\(self.event)” is neither an event's id nor a place.")
        }
        let installation = try self.target.installation()
        let audit = try AuditConnection(installation)
        let log = try await VerifiedLog(
            audit, keys: installation.auditKeys, given: self.keys.key)
        let file = ProvenEntryFile(try await audit.ask(request), verifierKey: log.key.text)
        let entry: VerifiedEntry
        do {
            entry = try file.verify(trusting: log.key)
        } catch {
            throw CommandFailure.notVerified("The service's proof does not hold: \(error).")
        }
        try self.check(entry, answers: request)
        let path = self.output ?? "audit-entry-\(entry.logIndex).json"
        var side = OutputStream.standardOutput
        if path == "-" {
            try side.write(String(decoding: file.bytes, as: UTF8.self))
            side = .standardError
        } else {
            try NewFile.write(file.bytes, to: path, mode: NewFile.open, replacing: self.force)
        }
        let page = VerifiedEntryPage(style: side.style)
        try side.write(page.claim(entry) + "\n")
        guard path != "-" else { return }
        try side.write("The proof is in \(path.escapingControls()).\n")
    }

    /// A valid proof of another event proves nothing of this one.
    private func check(_ entry: VerifiedEntry, answers request: ProveInclusion) throws {
        let isMeant =
            request.eventID.map { $0 == entry.event.id } ?? (request.logIndex == entry.logIndex)
        guard isMeant else {
            throw CommandFailure.notVerified(
                "The service has proved entry \(entry.logIndex), event "
                    + "\(entry.event.id.uuidString.lowercased()), which was not asked for.")
        }
    }
}
