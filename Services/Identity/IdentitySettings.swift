internal import ServiceKit

// What an operator sets for identity, beside what every service has.

extension Setting where Value == Int {
    /// The fewest characters of a password.
    static let passwordMinimumLength = Setting.integer(
        "STEWARD_IDENTITY_PASSWORD_MINIMUM_LENGTH", default: 15, in: 8...64,
        "The fewest characters of a password; less than 15 only beside a second factor.")
    /// How many passwords are checked at a time.
    static let passwordWorkers = Setting.integer(
        "STEWARD_IDENTITY_PASSWORD_WORKERS", default: 0, in: 0...256,
        "Threads that hash passwords, 19 MiB each while at work; 0 is one per processor.")
    /// How many sessions a person can have.
    static let sessionLimit = Setting.integer(
        "STEWARD_IDENTITY_SESSION_LIMIT", default: 100, in: 1...200,
        "Open sessions of one person; the ones unused for longest end beyond it.")
}

extension Setting where Value == String {
    /// The operator's own blocklist.
    static let passwordBlocklist = Setting.path(
        "STEWARD_IDENTITY_PASSWORD_BLOCKLIST", default: "",
        "A file of refused passwords, one a line, beside the list that Steward brings.")
}

extension Setting where Value == [String] {
    /// Whose word on a person's address identity believes, if not that of all gateways.
    static let identityGateways = Setting.list(
        "STEWARD_IDENTITY_GATEWAYS", default: "",
        "Peer names that may tell identity a person's address; empty means STEWARD_GATEWAYS.")
}

extension Setting where Value == Duration {
    /// How long an unused session lives.
    static let sessionIdle = Setting.duration(
        "STEWARD_IDENTITY_SESSION_IDLE", default: "14d", in: .seconds(360)...(.seconds(31_536_000)),
        "How long a session lives that is not refreshed.")
    /// How long any session lives.
    static let sessionAbsolute = Setting.duration(
        "STEWARD_IDENTITY_SESSION_ABSOLUTE", default: "90d",
        in: .seconds(360)...(.seconds(31_536_000)),
        "How long a session lives at the most, however often it is refreshed.")
}

extension Setting where Value == ThrottleMode {
    /// Whether failed attempts slow further ones down.
    static let throttle = Setting.choice(
        "STEWARD_IDENTITY_THROTTLE", default: .on,
        "Whether failed sign-ins slow further ones down; off is for tests of Steward only.")
}

/// What identity takes from its settings.
enum IdentitySettings {
    /// The keys beside the common ones, in the order in which they are listed.
    static let keys: [SettingKey] = [
        Setting<Int>.passwordMinimumLength.key, Setting<String>.passwordBlocklist.key,
        Setting<Int>.passwordWorkers.key, Setting<ThrottleMode>.throttle.key,
        Setting<[String]>.identityGateways.key, Setting<Duration>.sessionIdle.key,
        Setting<Duration>.sessionAbsolute.key, Setting<Int>.sessionLimit.key,
    ]

    /// Which passwords people may choose.
    ///
    /// - Throws: ``StartupError`` if the blocklist file cannot be used.
    static func passwordPolicy(_ settings: ServiceSettings) throws -> PasswordPolicy {
        let path = settings[.passwordBlocklist]
        do {
            return PasswordPolicy(
                minimumLength: settings[.passwordMinimumLength],
                blocklist: path.isEmpty ? PasswordBlocklist() : try PasswordBlocklist(file: path))
        } catch let error as PasswordBlocklistError {
            throw StartupError.configuration("STEWARD_IDENTITY_PASSWORD_BLOCKLIST: \(error)")
        }
    }

    /// The peer names whose word on a person's address is believed.
    static func gateways(_ settings: ServiceSettings) -> [String] {
        let own = settings[.identityGateways]
        return own.isEmpty ? settings[.gateways] : own
    }

    /// How long sessions live.
    static func lifetimes(_ settings: ServiceSettings) throws(StartupError) -> SessionLifetimes {
        let lifetimes = SessionLifetimes(
            idle: settings[.sessionIdle], absolute: settings[.sessionAbsolute],
            sessionLimit: settings[.sessionLimit])
        guard lifetimes.idle <= lifetimes.absolute else {
            throw .configuration(
                "STEWARD_IDENTITY_SESSION_IDLE is longer than STEWARD_IDENTITY_SESSION_ABSOLUTE.")
        }
        return lifetimes
    }
}
