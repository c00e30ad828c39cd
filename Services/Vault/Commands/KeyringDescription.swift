internal import FoundationEssentials
internal import Sodium

/// What an operator is told about a keyring.
struct KeyringDescription {
    /// One line each.
    let lines: [String]

    /// Describes a keyring.
    init(_ state: KeyringState, _ vaultID: UUID) {
        let identity = state.identity.map { Base64URL.encode($0.publicKey) } ?? ""
        self.lines =
            [
                "vault     \(vaultID.uuidString.lowercased())",
                "identity  \(identity)",
                "changes   \(state.counter)",
                "keys      \(state.destructionKeys.count) of versions",
                "destroyed \(state.destroyedSecrets.count) secrets, "
                    + "\(state.destroyedVersions.count) versions",
            ]
            + state.epochs.map { epoch in
                let date = Self.day(epoch.createdAt)
                return switch epoch.state {
                case .active: "epoch     \(epoch.number) of \(date), active"
                case .openOnly: "epoch     \(epoch.number) of \(date), opens"
                case .destroyed: "epoch     \(epoch.number) of \(date), destroyed"
                }
            }
    }

    private static func day(_ date: Date) -> String {
        date.formatted(.iso8601.year().month().day())
    }
}
