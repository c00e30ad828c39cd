internal import Locks
internal import RPC

/// Maps the user of a peer process to the service and operator names it may act under.
///
/// The rules, in this order, and all that apply: a pair of `STEWARD_PEER_USERS` by uid or user
/// name; the system user `steward-<service>`; and, where this process is not root, a peer of its
/// own user is any service, because all of them run as one trust domain.  Root, and the one user
/// of such a trust domain, are the operator too: nothing can be kept from either.
package final class PeerNames: Sendable {
    private let rules: [PeerUserRule]
    private let ownUID: UInt32
    private let userName: @Sendable (UInt32) -> String?
    private let known = Mutex<[UInt32: Set<String>]>([:])

    /// As many users as are remembered; beyond, each connection looks its user up.
    private static let countLimit = 1_024

    /// Makes the mapping that settings ask for.
    package convenience init(settings: ServiceSettings) {
        self.init(
            peerUsers: settings[.peerUsers], ownUID: SystemUsers.ownUID,
            userName: { SystemUsers.name(uid: $0) })
    }

    /// Makes a mapping.
    ///
    /// - Parameters:
    ///   - peerUsers: the value of `STEWARD_PEER_USERS`; what is malformed in it counts for
    ///     nothing.
    ///   - ownUID: the uid of this process.
    ///   - userName: looks a user's name up.
    package init(
        peerUsers: String, ownUID: UInt32, userName: @escaping @Sendable (UInt32) -> String?
    ) {
        // Checked when the settings were loaded, so there is nothing malformed in a service.
        self.rules = (try? PeerUserRule.rules(peerUsers)) ?? []
        self.ownUID = ownUID
        self.userName = userName
    }

    /// Whether every service runs as one and the same user, so that peers cannot be told apart.
    package var isOneTrustDomain: Bool {
        self.ownUID != 0 && !self.isServiceUser(self.ownUID)
    }

    /// The names of a peer.
    package func names(uid: UInt32) -> Set<String> {
        if let names = self.known.withLock({ $0[uid] }) { return names }
        let names = self.lookUp(uid)
        self.known.withLock { known in
            if known.count < Self.countLimit { known[uid] = names }
        }
        return names
    }

    private func lookUp(_ uid: UInt32) -> Set<String> {
        let userName = self.userName(uid)
        var names: Set<String> = []
        for rule in self.rules where rule.user == "\(uid)" || rule.user == userName {
            names.insert(rule.name)
        }
        if let service = Self.service(ofUser: userName) { names.insert(service) }
        if uid == self.ownUID && self.isOneTrustDomain {
            names.formUnion(Setting<String>.peerServices)
            names.insert(AccessRule.operatorName)
        }
        if uid == 0 { names.insert(AccessRule.operatorName) }
        return names
    }

    private func isServiceUser(_ uid: UInt32) -> Bool {
        Self.service(ofUser: self.userName(uid)) != nil
    }

    private static func service(ofUser name: String?) -> String? {
        guard let name, name.hasPrefix("steward-") else { return nil }
        let service = String(name.dropFirst("steward-".count))
        return Setting<String>.peerServices.contains(service) ? service : nil
    }
}
