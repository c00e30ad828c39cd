import ArgumentParser
import AuditAPI
import AuditFormat
import RPC
import TransparencyLog
import Wire

/// Runs `rpcctl audit checkpoint`.
struct AuditCheckpointCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "checkpoint",
        abstract: "Prints the newest signed checkpoint.",
        discussion: """
            It is verified first. Keep it somewhere else: rpcctl audit verify --checkpoint FILE \
            shows later that the log of today is the beginning of the log of then.
            """)

    @Option(
        help: ArgumentHelp("Write it to a new file.", valueName: "file"), completion: .file())
    var output: String?

    @Flag(help: "Replace a file that is there.")
    var force = false

    @OptionGroup var keys: AuditKeyOptions
    @OptionGroup var target: AddressOptions
    @OptionGroup var format: FormatOptions

    func run() async throws {
        let installation = try self.target.installation()
        let log = try await VerifiedLog(
            AuditConnection(installation), keys: installation.auditKeys, given: self.keys.key)
        if let output {
            try NewFile.write(
                Array(log.signed.note.utf8), to: output, mode: NewFile.open,
                replacing: self.force)
        }
        guard self.format.format == .table else {
            return try ResultPrinter(self.format.format).reply(
                try CBORValue(encoding: log.signed))
        }
        let stream = OutputStream.standardOutput
        if stream.isTerminal || self.output != nil {
            try stream.write(Self.summary(log, style: stream.style))
        }
        guard self.output == nil else { return }
        let gap = stream.isTerminal ? "\n" : ""
        let note = stream.isTerminal ? log.signed.note.escapingControls(keepingLines: true) : nil
        try stream.write(gap + (note ?? log.signed.note))
    }

    private static func summary(_ log: VerifiedLog, style: TextStyle) -> String {
        let size = log.checkpoint.size
        var table = TextTable(heading: ["", ""])
        table.paint = { column, cell in column == 0 ? style.dim(cell) : cell }
        table.rows = [
            ["log", log.checkpoint.origin],
            ["epoch", "\(log.signed.logEpoch)"],
            ["entries", size.grouped],
            ["root", log.checkpoint.root.base64],
            ["signed by", log.key.text],
        ]
        return style.good("The signature is valid.") + "\n"
            + table.text(style: style, columnCount: nil)
    }
}

extension String {
    /// Like ``escapingControls()``, but leaves the ends of lines.
    fileprivate func escapingControls(keepingLines: Bool) -> String {
        self.split(separator: "\n", omittingEmptySubsequences: false)
            .map { String($0).escapingControls() }.joined(separator: "\n")
    }
}
