package import RPC

/// What a rule comes to for one call.
package enum AccessDecision: Sendable, Hashable {
    case granted
    /// A person must sign in first.
    case needsPerson
    /// The person's token was issued for another service.
    case needsToken(String)
    /// The person lacks a permission.
    case lacksPermission(String)
    /// The process that calls is none of those that may.
    case foreignPeer
}

extension AccessRule {
    /// Whether the rule speaks of people, so that the state of their access matters to it.
    package var concernsPeople: Bool {
        switch self {
        case .anyone, .peers: false
        case .signedIn, .tokenFor, .permission: true
        case .all(let rules), .any(let rules): rules.contains(where: \.concernsPeople)
        }
    }

    /// Evaluates the rule; the rules of `.all` and `.any` in the order in which they stand.
    ///
    /// - Parameters:
    ///   - peerNames: what the calling process may act as.
    ///   - audience: whom the valid token is for that came with the call; `nil` without one.
    ///   - holds: whether that token's person holds a permission.
    package func decision(
        peerNames: Set<String>, audience: String?, holds: (String) -> Bool
    ) -> AccessDecision {
        switch self {
        case .anyone: return .granted
        case .signedIn: return audience != nil ? .granted : .needsPerson
        case .tokenFor(let service):
            guard let audience else { return .needsPerson }
            return audience == service ? .granted : .needsToken(service)
        case .permission(let name):
            guard audience != nil else { return .needsPerson }
            return holds(name) ? .granted : .lacksPermission(name)
        case .peers(let names):
            return names.contains(where: peerNames.contains) ? .granted : .foreignPeer
        case .all(let rules):
            for rule in rules {
                let decision = rule.decision(
                    peerNames: peerNames, audience: audience, holds: holds)
                if decision != .granted { return decision }
            }
            // A rule without conditions is a mistake, and a mistake must not open a door.
            return rules.isEmpty ? .foreignPeer : .granted
        case .any(let rules):
            var decisions: [AccessDecision] = []
            for rule in rules {
                let decision = rule.decision(
                    peerNames: peerNames, audience: audience, holds: holds)
                if decision == .granted { return .granted }
                decisions.append(decision)
            }
            // What the caller can do something about comes first.
            return decisions.first { $0 != .foreignPeer } ?? .foreignPeer
        }
    }
}
