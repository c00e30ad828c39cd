internal import ServiceKit

// What an operator sets for the audit service, beside what every service has.

extension Setting where Value == String {
    /// Where the signer keeps what it signed last.
    static let stateDirectory = Setting.path(
        "STEWARD_AUDIT_STATE_DIRECTORY", default: "/var/lib/steward/audit",
        "The directory of the last signed checkpoint: outside the database, with a backup of its "
            + "own.")
}

extension Setting where Value == Duration {
    /// After how long a producer that does not call is silent.
    static let silenceLimit = Setting.duration(
        "STEWARD_AUDIT_SILENCE", default: "5m", in: .seconds(60) ... .seconds(86_400),
        "How long nothing may be heard of a service that sends events, before that is recorded.")
}

/// What the audit service takes from its settings.
enum AuditSettings {
    /// The keys beside the common ones, in the order in which they are listed.
    static let keys: [SettingKey] = [
        Setting<String>.stateDirectory.key, Setting<Duration>.silenceLimit.key,
    ]

    /// The signer as the settings describe it, not opened yet.
    ///
    /// - Throws: ``StartupError`` if there is no key.
    static func signer(_ settings: ServiceSettings) throws -> CheckpointSigner {
        CheckpointSigner(
            key: try SigningKeyFile.load(settings.credentials),
            directory: SignerDirectory(path: settings[.stateDirectory]))
    }
}
