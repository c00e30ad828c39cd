internal import Glibc
internal import Logging
internal import Postgres
internal import RPC
internal import ServiceLifecycle
internal import Sodium
internal import UnixSignals

internal import class FoundationEssentials.ProcessInfo

/// Runs a service from its settings to its end.
package enum ServiceRunner {
    /// Runs a service until it is asked to stop by SIGTERM or SIGINT.
    ///
    /// The order: settings, log, libsodium, database, the role's fitness, the schema's version,
    /// composition, socket, server, and only then `READY=1`.  Stopping is the reverse: calls first,
    /// then what runs beside them, the database last.
    ///
    /// - Throws: ``StartupError``, or what a part of the service failed with.
    package static func run(
        _ definition: ServiceDefinition, options: ServiceOptions = .init()
    ) async throws {
        let settings = try options.settings(for: definition)
        ServiceLogging.bootstrap(settings)
        let logger = Logger(label: definition.name)
        for key in settings.unknownKeys {
            logger.warning("unknown setting in the configuration file", metadata: ["key": "\(key)"])
        }
        try Sodium.initialize()
        let notifier = SystemNotifier(environment: ProcessInfo.processInfo.environment)
        // A peer that goes away while it is written to is an error of that write, not of the
        // process.
        _ = signal(SIGPIPE, SIG_IGN)
        let group = try Self.group(
            definition, settings, logger, notifier: notifier, signals: [.sigterm, .sigint])
        try await group.run()
        logger.info("stopped")
    }

    /// The parts of a service in the order of their dependencies, not yet started.
    ///
    /// - Throws: ``StartupError`` if `STEWARD_DATABASE` is missing.
    static func group(
        _ definition: ServiceDefinition, _ settings: ServiceSettings, _ logger: Logger,
        notifier: SystemNotifier, signals: [UnixSignal]
    ) throws(StartupError) -> ServiceGroup {
        let database = try Self.database(definition, settings, logger)
        let serving = ServingService(
            definition: definition, settings: settings, database: database, logger: logger,
            notifier: notifier)
        var configuration = ServiceGroupConfiguration(
            services: [
                .init(service: DatabaseService(database: database), serviceName: "database"),
                .init(
                    service: serving, successTerminationBehavior: .gracefullyShutdownGroup,
                    serviceName: definition.name),
            ],
            gracefulShutdownSignals: signals, logger: Self.lifecycleLogger(logger))
        configuration.maximumGracefulShutdownDuration = settings[.drainGrace] + .seconds(10)
        return ServiceGroup(configuration: configuration)
    }

    /// A database as the settings describe it; nothing is connected yet.
    ///
    /// - Throws: ``StartupError`` if `STEWARD_DATABASE` is missing.
    static func database(
        _ definition: ServiceDefinition, _ settings: ServiceSettings, _ logger: Logger
    ) throws(StartupError) -> Database {
        let connectionString = settings[.database]
        guard !connectionString.isEmpty else {
            throw .configuration("STEWARD_DATABASE is not set.")
        }
        var configuration = DatabaseConfiguration(
            connectionString: connectionString, applicationName: "steward-\(definition.name)")
        configuration.maximumConnections = settings[.databaseConnections]
        configuration.pipelinedConnections = settings[.databasePipelines]
        return Database(configuration: configuration, logger: logger)
    }

    /// The lifecycle package tells much at `info` that only its developers need.
    private static func lifecycleLogger(_ logger: Logger) -> Logger {
        var logger = logger
        logger.logLevel = max(logger.logLevel, .notice)
        return logger
    }
}

/// Keeps the connection pool up until everybody else has stopped.
struct DatabaseService: Service {
    let database: Database

    func run() async throws {
        try await cancelWhenGracefulShutdown { try await self.database.run() }
    }
}
