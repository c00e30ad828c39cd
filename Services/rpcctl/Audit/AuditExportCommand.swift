import ArgumentParser
import AuditAPI
import RPC
import Wire

/// Runs `rpcctl audit export`.
struct AuditExportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Writes events for other programs: NDJSON, oldest first.",
        discussion: """
            One JSON object a line, with all fields. A file is there when it is complete, and only \
            its owner may read it. The export is itself recorded in the log.
            """)

    @OptionGroup var filter: AuditFilterOptions

    @Option(
        help: ArgumentHelp("Write to a new file instead of standard output.", valueName: "file"),
        completion: .file())
    var output: String?

    @Flag(help: "Replace a file that is there.")
    var force = false

    @OptionGroup var target: AddressOptions

    func run() async throws {
        let request = ExportAudit(filter: try self.filter.filter())
        let audit = try AuditConnection(try self.target.installation())
        guard let output else {
            let stream = OutputStream.standardOutput
            stream.endProcessWhenReaderLeaves()
            var printer = ResultPrinter(.json, output: stream)
            return try await audit.read(request) { record in
                try printer.element(try CBORValue(encoding: record))
            }
        }
        let file = try NewFile(at: output, mode: NewFile.secret, replacing: self.force)
        var count: UInt64 = 0
        try await audit.read(request) { record in
            let line = try CBORValue(encoding: record).json(pretty: false) + "\n"
            try file.write(Array(line.utf8))
            count += 1
        }
        try file.finish()
        let events = count == 1 ? "1 event" : "\(count.grouped) events"
        try OutputStream.standardOutput.write(
            "\(events) written to \(output.escapingControls()).\n")
    }
}
