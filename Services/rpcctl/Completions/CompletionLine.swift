import RPC

/// A command line up to the word that is being completed, as far as it decides what to offer.
struct CompletionLine: Hashable {
    /// Options without a value.
    private static let flags: Set = [
        "--no-token", "--verbose", "-v", "--template", "--help", "-h", "--version",
    ]

    /// The words that belong to no option, without the program and the command.
    private(set) var positionals: [String] = []
    private(set) var context: String?
    private(set) var address: String?

    /// - Parameters:
    ///   - words: the whole command line, the program first.
    ///   - index: the word that is being completed.
    init(words: [String], index: Int) {
        var rest = words.prefix(max(0, index)).dropFirst()
        var positionals: [String] = []
        while let word = rest.popFirst() {
            guard word.hasPrefix("-"), word != "-" else {
                positionals.append(word)
                continue
            }
            let parts = word.split(separator: "=", maxSplits: 1).map(String.init)
            guard let name = parts.first, !Self.flags.contains(name) else { continue }
            let value = parts.count > 1 ? parts[1] : rest.popFirst()
            if name == "--context" { self.context = value }
            if name == "--address" { self.address = value }
        }
        self.positionals = Array(positionals.dropFirst())
    }

    /// The method that was named, with the service and the fields around it.
    var target: MethodTarget? {
        // Without a method there is no target, which is what is asked here.
        try? MethodTarget(words: self.positionals)
    }

    /// The service that was named instead of a method.
    var service: String? {
        self.positionals.first.flatMap { MethodTarget.isService($0) ? $0 : nil }
    }

    /// The installation that the line talks to.
    func installation() throws -> Installation {
        let environment = CommandEnvironment.current
        return try Installation(
            named: self.context, address: self.address.flatMap(RPCAddress.init),
            environment: environment,
            configuration: try ContextFile(path: environment.configurationPath).load())
    }
}
