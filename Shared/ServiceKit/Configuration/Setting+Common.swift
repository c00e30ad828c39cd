internal import Glibc
package import Logging

// The settings that every service has.  Services add theirs in the same way.

extension Setting where Value == String {
    /// The directory of the services' sockets.
    package static let runtimeDirectory = Setting.path(
        "STEWARD_RUNTIME_DIRECTORY", default: "/run/steward",
        "The directory in which services listen and find each other.")
    /// The group that may connect.
    package static let socketGroup = Setting.text(
        "STEWARD_SOCKET_GROUP", default: "steward",
        "The group of the service's socket; empty leaves it to the system.")
    /// A TCP address to listen on besides.
    package static let listenTCP = Setting(
        "STEWARD_LISTEN_TCP", kind: "a loopback address such as 127.0.0.1:7100, or nothing",
        default: "", "A TCP address on the loopback to listen on beside the socket."
    ) { text throws(SettingProblem) in
        guard text.isEmpty || LoopbackAddress(text) != nil else {
            throw SettingProblem("is not a loopback address such as 127.0.0.1:7100")
        }
        return text
    }
    /// How the service reaches its database.
    package static let database = Setting.text(
        "STEWARD_DATABASE", default: "",
        "The libpq connection string of the service's runtime role.", isSecret: true)
    /// How set-up commands reach the database.
    package static let ownerDatabase = Setting.text(
        "STEWARD_OWNER_DATABASE", default: "",
        "The libpq connection string for migrate and set-up commands.", isSecret: true)
    /// The role that owns the schema.
    package static let ownerRole = Setting.text(
        "STEWARD_OWNER_ROLE", default: "",
        "The role that migrations run as; empty means steward_<service>_owner.")
    /// Who the peers are.
    package static let peerUsers = Setting(
        "STEWARD_PEER_USERS", kind: "user=name pairs between commas", default: "",
        "Service or operator names of peers by user name or uid, beside steward-<service>."
    ) { text throws(SettingProblem) in
        _ = try PeerUserRule.rules(text)
        return text
    }
}

extension Setting where Value == UInt16 {
    /// The socket's file mode.
    package static let socketMode = Setting.fileMode(
        "STEWARD_SOCKET_MODE", default: "0660", "The file mode of the service's socket.")
}

extension Setting where Value == Int {
    /// Connections for writes and transactions.
    package static let databaseConnections = Setting.integer(
        "STEWARD_DATABASE_CONNECTIONS", default: 8, in: 1...1_000,
        "Connections that serve one write, transaction or long query at a time.")
    /// Connections shared by short reads.
    package static let databasePipelines = Setting.integer(
        "STEWARD_DATABASE_PIPELINES", default: 2, in: 1...100,
        "Connections that short reads of many calls share.")
}

extension Setting where Value == String {
    /// What tells this process from others of the same service.
    package static let instance = Setting.text(
        "STEWARD_INSTANCE", default: "",
        "What tells this process from others of the same service in what it measures; the "
            + "machine's name if empty.")
}

extension ServiceSettings {
    /// What tells this process from others of the same service.
    var instance: String {
        let named = self[.instance]
        guard named.isEmpty else { return named }
        var name = [CChar](repeating: 0, count: 256)
        // Without a name all machines are alike, as before.
        guard gethostname(&name, name.count - 1) == 0 else { return "unknown" }
        return String(decoding: name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}

extension Setting where Value == Int {
    /// How many audit events may wait for the log.
    package static let auditOutboxLimit = Setting.integer(
        "STEWARD_AUDIT_OUTBOX_LIMIT", default: 1_000_000, in: 100...100_000_000,
        "Audit events that may wait while the audit log is away; beyond, changes are refused.")
}

extension Setting where Value == [String] {
    /// Whose word on a person's address is believed.
    package static let gateways = Setting.list(
        "STEWARD_GATEWAYS", default: "gateway",
        "Peer names that may tell a person's address in the call metadata client-address.")
}

extension Setting where Value == Duration {
    /// How long access decisions may rest on what identity last said.
    package static let accessTolerance = Setting.duration(
        "STEWARD_ACCESS_TOLERANCE", default: "10s", in: .seconds(3) ... .seconds(300),
        "How long a service decides about access without hearing from identity.")
    /// How long answers are kept for calls that are repeated.
    package static let answerLifetime = Setting.duration(
        "STEWARD_ANSWER_LIFETIME", default: "24h", in: .seconds(60) ... .seconds(2_592_000),
        "How long the answer to a call with an idempotency key is kept, to be given again.")
    /// How often the service reports what it measures of itself.
    package static let metricsInterval = Setting(
        "STEWARD_METRICS_INTERVAL", kind: "a duration from 1s to 1h, or 0 for never",
        default: "15s", "How often the service reports its statistics to the audit service."
    ) { text throws(SettingProblem) in
        if text == "0" { return .zero }
        guard let interval = Duration(setting: text),
            interval == .zero || (.seconds(1) ... .seconds(3_600)).contains(interval)
        else { throw SettingProblem("is not a duration from 1s to 1h, or 0 for never") }
        return interval
    }
    /// How long open calls may take when the service stops.
    package static let drainGrace = Setting.duration(
        "STEWARD_DRAIN_GRACE", default: "20s", in: .zero ... .seconds(600),
        "How long open calls may take after the service was asked to stop.")
}

extension Setting where Value == Logger.Level {
    /// What is logged.
    package static let logLevel = Setting.choice(
        "STEWARD_LOG_LEVEL", default: .info, "The least severe level that is logged.")
}

extension Setting where Value == LogFormat {
    /// How it is logged.
    package static let logFormat = Setting.choice(
        "STEWARD_LOG_FORMAT", default: .auto,
        "How log lines look: text on a terminal and JSON elsewhere, or always one of them.")
}

extension SettingKey {
    /// The keys that every service has, in the order in which they are listed.
    package static let common: [SettingKey] =
        [
            Setting<String>.runtimeDirectory.key, Setting<UInt16>.socketMode.key,
            Setting<String>.socketGroup.key, Setting<String>.listenTCP.key,
            Setting<String>.database.key, Setting<String>.ownerDatabase.key,
            Setting<String>.ownerRole.key,
            Setting<Int>.databaseConnections.key, Setting<Int>.databasePipelines.key,
            Setting<Logger.Level>.logLevel.key, Setting<LogFormat>.logFormat.key,
            Setting<String>.peerUsers.key, Setting<Duration>.accessTolerance.key,
            Setting<Duration>.drainGrace.key, Setting<Duration>.answerLifetime.key,
            Setting<Int>.auditOutboxLimit.key, Setting<Duration>.metricsInterval.key,
            Setting<[String]>.gateways.key, Setting<String>.instance.key,
        ] + Setting<String>.peerServices.map { Setting<[RPCAddressText]>.peer($0).key }
}
