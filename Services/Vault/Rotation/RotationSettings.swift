internal import RPC
internal import ServiceKit

// What an operator sets about who makes the next values of secrets.

extension Setting where Value == String {
    /// Where the hooks are.
    static let rotationHooks = Setting.path(
        "STEWARD_VAULT_ROTATION_HOOKS", default: "",
        "The directory of the programs that make next values of secrets, writable for root and "
            + "the vault's user alone; empty means none.")
}

extension Setting where Value == [RotationPeer] {
    /// The peers that make next values.
    static let rotationPeers = Setting(
        "STEWARD_VAULT_ROTATION_PEERS", kind: "name=address pairs between commas", default: "",
        "Services that make next values of secrets by the methods rotation.*, such as "
            + "mailer=unix:/run/steward/mailer.sock."
    ) { text throws(SettingProblem) in
        var peers: [RotationPeer] = []
        for item in text.settingItems {
            let parts = item.split(separator: "=", maxSplits: 1).map(String.init)
            guard parts.count == 2, RotationMakers.isName(parts[0]),
                RPCAddress(parts[1]) != nil, !peers.contains(where: { $0.name == parts[0] })
            else { throw SettingProblem("holds \(item), which is no pair name=address") }
            peers.append(RotationPeer(name: parts[0], address: parts[1]))
        }
        return peers
    }
}

extension Setting where Value == Duration {
    /// How long hooks and peers may take.
    static let rotationPatience = Setting.duration(
        "STEWARD_VAULT_ROTATION_TIMEOUT", default: "60s", in: .seconds(1) ... .seconds(600),
        "How long a hook or a peer may take for each step of a rotation.")
}

/// A service that makes next values.
struct RotationPeer: Hashable, Sendable {
    let name: String
    /// Where it listens; checked when the settings are loaded.
    let address: String
}

extension RotationMakers {
    /// The settings, in the order in which they are listed.
    static let settingKeys: [SettingKey] = [
        Setting<String>.rotationHooks.key, Setting<[RotationPeer]>.rotationPeers.key,
        Setting<Duration>.rotationPatience.key,
    ]

    /// Takes what an operator has set.
    init(_ settings: ServiceSettings) {
        let hooks = settings[.rotationHooks]
        self.init(
            hooks: hooks.isEmpty ? nil : HookDirectory(path: hooks),
            peers: Dictionary(
                uniqueKeysWithValues: settings[.rotationPeers].compactMap { peer in
                    RPCAddress(peer.address).map { (peer.name, RPCClient([$0], name: "vault")) }
                }),
            patience: settings[.rotationPatience])
    }
}
