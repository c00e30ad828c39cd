import ArgumentParser
import RPC

/// Which installation a command talks to.
struct ContextOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("The installation to talk to.", valueName: "name"),
        completion: Completion.contexts)
    var context: String?

    func installation(address: RPCAddress? = nil) throws -> Installation {
        let environment = CommandEnvironment.current
        return try Installation(
            named: self.context, address: address, environment: environment,
            configuration: try ContextFile(path: environment.configurationPath).load())
    }
}

/// Where to find the one service that a command asks, instead of where its context says.
struct AddressOptions: ParsableArguments {
    @OptionGroup var context: ContextOptions

    @Option(
        help: ArgumentHelp(
            "Where the service listens: unix:/path or tcp:host:port.", valueName: "address"))
    var address: AddressArgument?

    func installation() throws -> Installation {
        try self.context.installation(address: self.address?.address)
    }
}

/// An address on the command line.
struct AddressArgument: ExpressibleByArgument {
    let address: RPCAddress

    init?(argument: String) {
        guard let address = RPCAddress(argument) else { return nil }
        self.address = address
    }
}

/// How a command other than `call` shows its result: as text for people unless asked otherwise.
struct FormatOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "How to print it; table is text for people.", valueName: "format"))
    var format: OutputFormat = .table
}

extension Installation {
    /// Where to get tokens for calls of a method; `nil` if it does not ask who is calling, because
    /// a token goes to no other.
    func tokens(for description: MethodDescription) throws -> TokenSource? {
        description.asksForPerson ? try self.tokens() : nil
    }

    /// Where to get tokens for calls to this installation.
    func tokens() throws -> TokenSource {
        let origin = try self.origin()
        let directory = CommandEnvironment.current.stateDirectory
        return TokenSource(
            file: SessionFile(directory: directory, context: self.context), origin: origin,
            refresh: { token in try await self.refresh(token) },
            notice: { text in
                // A notice that can't be shown changes nothing about the result.
                try? OutputStream.standardError.write("\(text)\n")
            })
    }
}
