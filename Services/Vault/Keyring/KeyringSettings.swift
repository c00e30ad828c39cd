internal import ServiceKit
internal import Sodium

// What an operator sets about the keyring.

extension Setting where Value == String {
    /// Where the keyring lies.
    static let keyringDirectory = Setting.path(
        "STEWARD_VAULT_STATE_DIRECTORY", default: "/var/lib/steward/vault",
        "The directory of the keyring: outside the database, never in one backup with it.")
    /// Where its mirror lies.
    static let keyringMirrorDirectory = Setting.path(
        "STEWARD_VAULT_BACKUP_DIRECTORY", default: "",
        "A directory on another disk for the keyring's mirror; empty means none. Whoever loses "
            + "the keyring loses every secret.")
}

/// What the vault takes from its settings about the keyring.
enum KeyringSettings {
    /// The keys, in the order in which they are listed.
    static let keys: [SettingKey] = [
        Setting<String>.keyringDirectory.key, Setting<String>.keyringMirrorDirectory.key,
    ]

    /// Where the keyring and its mirror lie.
    static func directory(_ settings: ServiceSettings) -> KeyringDirectory {
        let mirror = settings[.keyringMirrorDirectory]
        return KeyringDirectory(
            path: settings[.keyringDirectory], mirrorPath: mirror.isEmpty ? nil : mirror)
    }

    /// Opens the keyring that the settings describe, with the root key that the service was given.
    ///
    /// - Throws: `StartupError`; ``KeyringFileError``.
    static func open(_ settings: ServiceSettings) throws -> Keyring {
        try Keyring(
            opening: Self.directory(settings), rootKey: try RootKeyFile.load(settings.credentials))
    }
}

/// What a process does before it has secrets in its memory.
enum ProcessHardening {
    /// Leaves no cores, lets no other process look in, and refuses memory that is not locked.
    ///
    /// - Throws: `StartupError` that says what the system does not allow.
    static func apply() throws(StartupError) {
        do throws(SodiumError) {
            try MemoryLocking.forbidDumps()
            try MemoryLocking.require()
        } catch {
            throw .configuration(error.description)
        }
    }
}
