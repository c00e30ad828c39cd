internal import ServiceKit

// What an operator sets for the vault, beside what every service has and the keyring's settings.

extension Setting where Value == Int {
    /// How long the access log is kept.
    static let accessRetentionDays = Setting.integer(
        "STEWARD_VAULT_ACCESS_RETENTION_DAYS", default: 731, in: 30...36_500,
        "Days from the end of a month that its uses of secrets are kept in the vault; the audit "
            + "log keeps them by its own retention.")
}

extension Setting where Value == Duration {
    /// How long secrets are released without a word from the audit log.
    static let logSilenceLimit = Setting.duration(
        "STEWARD_VAULT_LOG_SILENCE_LIMIT", default: "5s", in: .seconds(3) ... .seconds(86_400),
        "How long secrets are released when the audit log takes no events: their uses wait in "
            + "the outbox.")
}

/// What the vault takes from its settings.
enum VaultSettings {
    /// The keys beside the common ones, in the order in which they are listed.
    static let keys: [SettingKey] =
        KeyringSettings.keys + [
            Setting<Int>.accessRetentionDays.key, Setting<Duration>.logSilenceLimit.key,
        ] + RotationMakers.settingKeys
}
