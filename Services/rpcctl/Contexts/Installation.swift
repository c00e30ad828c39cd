import FoundationEssentials
import RPC

/// Where the services of one installation are, as flags, environment and configuration say.
///
/// A flag goes before the environment, the environment before the file.
struct Installation: Hashable, Sendable {
    /// The context's name, under which the session is kept.
    let context: String
    let runtimeDirectory: String
    /// Addresses of single services, as they were written.
    let peers: [String: [String]]
    /// `--address`: whatever service is asked for is there.
    let addressOverride: RPCAddress?
    /// The context's key for the audit log's signatures.
    let auditKey: String?

    static let defaultRuntimeDirectory = "/run/steward"

    /// Works out what is meant.
    ///
    /// - Parameters:
    ///   - named: the context of `--context`, which makes the environment's addresses irrelevant.
    ///   - address: the address of `--address`.
    /// - Throws: a ``CommandFailure`` with status 78 for a context that is not configured.
    init(
        named: String?, address: RPCAddress?, environment: CommandEnvironment,
        configuration: ContextConfiguration
    ) throws {
        let wanted = named ?? environment["STEWARD_CONTEXT"] ?? configuration.current
        let name = wanted ?? ContextConfiguration.defaultName
        try ContextConfiguration.check(name: name)
        let context = configuration.contexts[name]
        let directory = named == nil ? environment["STEWARD_RUNTIME_DIRECTORY"] : nil
        // A context of the environment alone needs no entry in the file.
        let isImplied = wanted == nil || name == ContextConfiguration.defaultName
        if context == nil, !isImplied, directory == nil {
            throw Self.unknown(name, among: configuration.contexts.keys.sorted())
        }
        var peers = context?.peers ?? [:]
        if named == nil {
            for (name, value) in environment.values(prefixedBy: "STEWARD_PEER_") {
                peers[name.lowercased().replacing("_", with: "-")] =
                    value.split { $0 == "," || $0 == " " }.map(String.init)
            }
        }
        // Configures the services' own mapping of users, and is no service.
        peers["users"] = nil
        self.context = name
        self.runtimeDirectory =
            directory ?? context?.runtimeDirectory ?? Self.defaultRuntimeDirectory
        self.peers = peers
        self.addressOverride = address
        self.auditKey = context?.auditKey
    }

    /// Where a service is, best first.
    ///
    /// - Throws: a ``CommandFailure`` with status 78 for an address that is none.
    func addresses(of service: String) throws -> [RPCAddress] {
        if let addressOverride { return [addressOverride] }
        guard let texts = self.peers[service], !texts.isEmpty else {
            return [.unix(path: "\(self.runtimeDirectory)/\(service).sock")]
        }
        return try texts.map { text in
            guard let address = RPCAddress(text) else {
                throw CommandFailure.configuration(
                    "“\(text)”, the address of \(service), is none.",
                    hints: ["unix:/run/steward/\(service).sock   tcp:127.0.0.1:7000"])
            }
            return address
        }
    }

    /// The services that are configured or have a socket in the directory, by name.
    func services() -> [String] {
        // A directory that can't be read has no sockets to offer.
        let entries = try? FileManager.default.contentsOfDirectory(atPath: self.runtimeDirectory)
        let sockets = (entries ?? []).filter { $0.hasSuffix(".sock") }.map {
            String($0.dropLast(5))
        }
        return Set(sockets + self.peers.keys).sorted()
    }

    /// Identity's whereabouts in one line: what a stored session belongs to.
    func origin() throws -> String {
        try self.withoutAddressOverride.addresses(of: "identity").map(\.description)
            .joined(separator: " ")
    }

    /// The same installation, asked for services by their names.
    var withoutAddressOverride: Installation { Installation(self, address: nil) }

    /// The same installation, with one service at an address.
    func with(address: RPCAddress) -> Installation { Installation(self, address: address) }

    private init(_ other: Installation, address: RPCAddress?) {
        self.context = other.context
        self.runtimeDirectory = other.runtimeDirectory
        self.peers = other.peers
        self.addressOverride = address
        self.auditKey = other.auditKey
    }

    private static func unknown(_ name: String, among names: [String]) -> CommandFailure {
        let hint =
            Suggestion.closest(to: name, among: names).map { "did you mean “\($0)”?" }
            ?? "rpcctl context set \(name) --runtime-directory DIR"
        return .configuration("There is no context “\(name)”.", hints: [hint])
    }
}
