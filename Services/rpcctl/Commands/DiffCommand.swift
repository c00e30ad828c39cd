import ArgumentParser
import Wire

/// Runs `rpcctl diff`.
struct DiffCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff",
        abstract: "Compares what services offered with what they offer.",
        discussion: """
            OLD and NEW are snapshots (files that rpcctl snapshot wrote, - is standard input), \
            services by name, or addresses such as unix:/path. A file that is in no other \
            directory is written ./FILE. Without NEW the running services of the same names are \
            compared.

            Breaking is what a caller of OLD may notice: a method or field that is gone or has \
            another type, a new required field, a value that is taken no more, another access \
            rule or shape. Exits with 3 if there is any such change, otherwise with 0.
            """)

    @Argument(help: "What was offered.", completion: .file())
    var old: String

    @Argument(help: "What is offered.", completion: .file())
    var new: String?

    @OptionGroup var context: ContextOptions
    @OptionGroup var output: FormatOptions

    func run() async throws {
        let installation = try self.context.installation()
        var old = try await ContractSource(self.old).snapshot(in: installation)
        let new: ContractSnapshot
        if let word = self.new {
            let source = ContractSource(word)
            new = try await source.snapshot(in: installation)
            if case .file = source {
            } else {
                // One running service says nothing about the others.
                old.services = old.services.filter { new.services.keys.contains($0.key) }
            }
        } else {
            let names = old.services.keys.filter { $0 != ContractSnapshot.commonService }.sorted()
            new = try await ContractSource.live(names, in: installation)
        }
        let changes = ContractComparison.changes(from: old, to: new)
        let breaks = changes.contains(where: \.isBreaking)
        if self.output.format == .table {
            let stream = OutputStream.standardOutput
            try stream.write(DiffPage(style: stream.style).text(changes))
        } else {
            try ResultPrinter(self.output.format).reply(
                .object([
                    ("breaking", .bool(breaks)),
                    ("changes", .array(changes.map(Self.value))),
                ]))
        }
        if breaks { throw ExitStatusOnly(status: .breakingChange) }
    }

    private static func value(of change: ContractChange) -> CBORValue {
        .object([
            ("subject", .text(change.subject)), ("place", .text(change.place)),
            ("kind", .text(change.kind.rawValue)), ("detail", .text(change.detail)),
            ("breaking", .bool(change.isBreaking)),
        ])
    }
}
