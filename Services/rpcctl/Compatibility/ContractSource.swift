import RPC

/// Where one side of a comparison comes from.
enum ContractSource: Hashable {
    /// A snapshot; `-` is standard input.
    case file(String)
    /// A running service, by its name.
    case service(String)
    /// A running service, by its address.
    case address(RPCAddress)

    /// Reads a word of the command line: an address, a service's name, or a file.
    init(_ word: String) {
        if word.hasPrefix("unix:") || word.hasPrefix("tcp:"), let address = RPCAddress(word) {
            self = .address(address)
        } else if word != "-", MethodTarget.isService(word) {
            self = .service(word)
        } else {
            self = .file(word)
        }
    }

    /// The contracts.
    func snapshot(in installation: Installation) async throws -> ContractSnapshot {
        switch self {
        case .file(let path):
            let origin = path == "-" ? "standard input" : path
            return try ContractSnapshot(file: try FileSource.disk.read(path), from: origin)
        case .service(let name):
            return try await Self.live([name], in: installation)
        case .address(let address):
            let connection = try ServiceConnection(
                service: nil, installation: installation.with(address: address))
            return ContractSnapshot(methods: try await connection.descriptions())
        }
    }

    /// What running services offer.
    ///
    /// - Throws: a ``CommandFailure`` if one of them can't be asked: half a snapshot misleads.
    static func live(
        _ services: [String], in installation: Installation
    ) async throws -> ContractSnapshot {
        var methods: [String: MethodDescription] = [:]
        for service in services {
            let connection = try ServiceConnection(service: service, installation: installation)
            for method in try await connection.descriptions() { methods[method.name] = method }
        }
        return ContractSnapshot(methods: Array(methods.values))
    }
}

extension ServiceConnection {
    /// Every method of the service with its schema.
    func descriptions() async throws -> [MethodDescription] {
        var descriptions: [MethodDescription] = []
        for method in try await self.list().methods {
            descriptions.append(try await self.describe(method.name))
        }
        return descriptions
    }
}
