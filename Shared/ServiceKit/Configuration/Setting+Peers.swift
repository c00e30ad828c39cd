internal import RPC

/// An address of a peer as a setting writes it; checked when the settings are loaded.
package struct RPCAddressText: Sendable, Hashable {
    /// The text.
    package let text: String
}

extension Setting where Value == String {
    /// The services of an installation; each may be told where the others listen.
    package static let peerServices = [
        "identity", "conversations", "tools", "audit", "vault", "retrieval", "workspace",
    ]
}

extension Setting where Value == [RPCAddressText] {
    /// Where a service listens, if not on its socket in the runtime directory.
    package static func peer(_ service: String) -> Setting {
        Setting(
            "STEWARD_PEER_\(service.uppercased())",
            kind: "addresses such as unix:/path or tcp:127.0.0.1:7100, between commas", default: "",
            "Where \(service) listens; empty means its socket in the runtime directory."
        ) { text throws(SettingProblem) in
            var addresses: [RPCAddressText] = []
            for item in text.settingItems {
                guard RPCAddress(item) != nil else {
                    throw SettingProblem("holds \(item), which is no address")
                }
                addresses.append(RPCAddressText(text: item))
            }
            return addresses
        }
    }
}
