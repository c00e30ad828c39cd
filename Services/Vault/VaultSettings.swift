internal import ServiceKit

// What an operator sets for the vault, beside what every service has and the keyring's settings.

extension Setting where Value == Int {
    /// How long the access log is kept.
    static let accessRetentionDays = Setting.integer(
        "STEWARD_VAULT_ACCESS_RETENTION_DAYS", default: 731, in: 30...36_500,
        "Days from the end of a month that its uses of secrets are kept in the vault; the audit "
            + "log keeps them by its own retention.")
}

/// What the vault takes from its settings.
enum VaultSettings {
    /// The keys beside the common ones, in the order in which they are listed.
    static let keys: [SettingKey] =
        KeyringSettings.keys + [Setting<Int>.accessRetentionDays.key]
        + RotationMakers.settingKeys
}
