package import RPC

/// Finds the other services.
package struct PeerDirectory: Sendable {
    private let addressesByService: [String: [RPCAddress]]
    private let runtimeDirectory: String
    private let ownName: String

    /// Reads where the services listen.
    ///
    /// - Parameters:
    ///   - settings: `STEWARD_PEER_<SERVICE>` and `STEWARD_RUNTIME_DIRECTORY`.
    ///   - ownName: this service's name, which its clients announce.
    package init(settings: ServiceSettings, ownName: String) {
        self.runtimeDirectory = settings[.runtimeDirectory]
        self.ownName = ownName
        self.addressesByService = Dictionary(
            uniqueKeysWithValues: Setting<String>.peerServices.map { service in
                (service, settings[.peer(service)].compactMap { RPCAddress($0.text) })
            })
    }

    /// Where a service listens: what configuration says, else its socket in the runtime directory.
    package func addresses(of service: String) -> [RPCAddress] {
        let configured = self.addressesByService[service, default: []]
        return configured.isEmpty
            ? [.unix(path: "\(self.runtimeDirectory)/\(service).sock")] : configured
    }

    /// A client of a service; nothing is connected before the first call.
    package func client(of service: String) -> RPCClient {
        RPCClient(self.addresses(of: service), name: self.ownName)
    }
}
