import ArgumentParser
import RPC
import Wire

/// Runs `rpcctl context`.
struct ContextCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "context",
        abstract: "Names installations, and picks the one to talk to.",
        discussion: """
            A context says where an installation's services are. Which one is meant: --context, \
            else STEWARD_CONTEXT, else the one in use. STEWARD_RUNTIME_DIRECTORY and \
            STEWARD_PEER_<SERVICE> go before what the context says, but not before --context.
            """,
        subcommands: [
            ContextListCommand.self, ContextShowCommand.self, ContextUseCommand.self,
            ContextSetCommand.self, ContextRemoveCommand.self,
        ])

    /// The file they are kept in.
    static var file: ContextFile {
        ContextFile(path: CommandEnvironment.current.configurationPath)
    }

    static func unknown(_ name: String, in configuration: ContextConfiguration) -> CommandFailure {
        let names = configuration.contexts.keys.sorted()
        let near = Suggestion.closest(to: name, among: names)
        return .configuration(
            "There is no context “\(name)”.",
            hints: [near.map { "did you mean “\($0)”?" } ?? "rpcctl context list"])
    }
}

/// Runs `rpcctl context list`.
struct ContextListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Lists the contexts.")

    @OptionGroup var output: FormatOptions

    func run() throws {
        let configuration = try ContextCommand.file.load()
        let environment = CommandEnvironment.current
        let current = try Installation(
            named: nil, address: nil, environment: environment, configuration: configuration
        ).context
        let names = Set(configuration.contexts.keys).union([current]).sorted()
        let stream = OutputStream.standardOutput
        guard self.output.format == .table else {
            return try ResultPrinter(self.output.format).reply(
                .array(
                    try names.map { name in
                        .object([
                            ("name", .text(name)), ("isCurrent", .bool(name == current)),
                            (
                                "context",
                                try CBORValue(encoding: configuration.contexts[name] ?? .init())
                            ),
                        ])
                    }))
        }
        var table = TextTable(heading: ["", "context", "services", "signed in"])
        table.paint = { column, cell in
            column == 0
                ? stream.style.good(cell) : column == 1 ? stream.style.bold(cell) : cell
        }
        table.rows = names.map { name in
            let context = configuration.contexts[name]
            var places = [context?.runtimeDirectory].compactMap(\.self)
            if context == nil || places.isEmpty && (context?.peers ?? [:]).isEmpty {
                places = [
                    environment["STEWARD_RUNTIME_DIRECTORY"] ?? Installation.defaultRuntimeDirectory
                ]
            }
            places += (context?.peers ?? [:]).keys.sorted()
            let file = SessionFile(directory: environment.stateDirectory, context: name)
            // A file that can't be read is no sign-in; the commands that need it say why.
            let session = try? file.load()
            return [
                name == current ? "●" : " ", name, places.joined(separator: ", "),
                session?.identifier ?? "",
            ]
        }
        try stream.write(table.text(style: stream.style, columnCount: nil))
    }
}

/// Runs `rpcctl context show`.
struct ContextShowCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Shows where a context's services are.")

    @Argument(help: "The context; the one in use if absent.")
    var name: String?

    @OptionGroup var output: FormatOptions

    func run() throws {
        let environment = CommandEnvironment.current
        let installation = try Installation(
            named: self.name, address: nil, environment: environment,
            configuration: try ContextCommand.file.load())
        let peers = installation.peers.sorted { $0.key < $1.key }
        let state = SessionFile(
            directory: environment.stateDirectory, context: installation.context)
        guard self.output.format == .table else {
            return try ResultPrinter(self.output.format).reply(
                .object([
                    ("name", .text(installation.context)),
                    ("runtimeDirectory", .text(installation.runtimeDirectory)),
                    (
                        "peers",
                        .object(peers.map { ($0.key, .array($0.value.map(CBORValue.text))) })
                    ),
                    ("configuration", .text(environment.configurationPath)),
                    ("session", .text(state.path)),
                ]))
        }
        let stream = OutputStream.standardOutput
        var table = TextTable(heading: ["", ""])
        table.paint = { column, cell in column == 0 ? stream.style.dim(cell) : cell }
        table.rows = [
            ["context", installation.context],
            ["runtime directory", installation.runtimeDirectory],
        ]
        table.rows += peers.map { [$0.key, $0.value.joined(separator: ", ")] }
        table.rows += [
            ["services found", installation.services().joined(separator: ", ")],
            ["configuration", environment.configurationPath],
            ["session", state.path],
        ]
        try stream.write(table.text(style: stream.style, columnCount: nil))
    }
}

/// Runs `rpcctl context use`.
struct ContextUseCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "use", abstract: "Picks the context to use from now on.")

    @Argument(help: "The context.")
    var name: String

    func run() throws {
        let file = ContextCommand.file
        var configuration = try file.load()
        guard
            configuration.contexts[self.name] != nil
                || self.name == ContextConfiguration.defaultName
        else { throw ContextCommand.unknown(self.name, in: configuration) }
        configuration.current = self.name
        try file.save(configuration)
        try OutputStream.standardOutput.write("Using context \(self.name).\n")
    }
}

/// Runs `rpcctl context set`.
struct ContextSetCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "set", abstract: "Makes or changes a context.")

    @Argument(help: "The context.")
    var name: String

    @Option(
        help: ArgumentHelp("The directory with the services' sockets.", valueName: "directory"),
        completion: .directory)
    var runtimeDirectory: String?

    @Option(
        parsing: .singleValue,
        help: ArgumentHelp(
            "Where one service is: identity=unix:/path or identity=tcp:host:port, several "
                + "separated by commas; nothing after “=” removes it.",
            valueName: "service=address"))
    var peer: [MetadataArgument] = []

    @Option(
        help: ArgumentHelp(
            "The key that the audit log's signatures are believed by: name+ID+key, or a file "
                + "with it.", valueName: "key"), completion: .file())
    var auditKey: AuditKeyArgument?

    func run() throws {
        try ContextConfiguration.check(name: self.name)
        let file = ContextCommand.file
        var configuration = try file.load()
        var context = configuration.contexts[self.name] ?? .init()
        if let runtimeDirectory {
            guard runtimeDirectory.hasPrefix("/") else {
                throw CommandFailure.usage(
                    "The runtime directory must be an absolute path, not “\(runtimeDirectory)”.")
            }
            context.runtimeDirectory = runtimeDirectory
        }
        var peers = context.peers ?? [:]
        for peer in self.peer {
            let addresses = peer.value.split(separator: ",").map(String.init)
            for address in addresses where RPCAddress(address) == nil {
                throw CommandFailure.usage(
                    "“\(address)” is no address.", hints: ["unix:/path   tcp:127.0.0.1:7000"])
            }
            peers[peer.key] = addresses.isEmpty ? nil : addresses
        }
        context.peers = peers.isEmpty ? nil : peers
        context.auditKey = self.auditKey?.text ?? context.auditKey
        configuration.contexts[self.name] = context
        try file.save(configuration)
        try OutputStream.standardOutput.write("Context \(self.name) is set.\n")
    }
}

/// Runs `rpcctl context remove`.
struct ContextRemoveCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove", abstract: "Removes a context and forgets its tokens.")

    @Argument(help: "The context.")
    var name: String

    func run() throws {
        try ContextConfiguration.check(name: self.name)
        let file = ContextCommand.file
        var configuration = try file.load()
        guard configuration.contexts.removeValue(forKey: self.name) != nil else {
            throw ContextCommand.unknown(self.name, in: configuration)
        }
        if configuration.current == self.name { configuration.current = nil }
        try file.save(configuration)
        let state = CommandEnvironment.current.stateDirectory
        try SessionFile(directory: state, context: self.name).remove()
        try OutputStream.standardOutput.write("Context \(self.name) is removed.\n")
    }
}
