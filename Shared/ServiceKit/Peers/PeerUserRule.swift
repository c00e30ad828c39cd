/// One pair of `STEWARD_PEER_USERS`: who a user of this machine is to the services.
struct PeerUserRule: Sendable, Hashable {
    /// A user name, or a uid in digits.
    let user: String
    /// A service name, or a name for people who operate the installation, such as `operator`.
    let name: String

    /// Reads `user=name` pairs between commas.
    static func rules(_ text: String) throws(SettingProblem) -> [PeerUserRule] {
        var rules: [PeerUserRule] = []
        for item in text.settingItems {
            let parts = item.split(separator: "=", omittingEmptySubsequences: false)
            guard parts.count == 2 else {
                throw SettingProblem("holds \(item), which is no pair user=name")
            }
            let (user, name) = (parts[0].trimmed, parts[1].trimmed)
            guard !user.isEmpty, !name.isEmpty else {
                throw SettingProblem("holds \(item), which is no pair user=name")
            }
            rules.append(PeerUserRule(user: user, name: name))
        }
        return rules
    }
}
