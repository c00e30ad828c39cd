internal import Logging
internal import Postgres
internal import RPC
internal import ServiceLifecycle

/// Waits for the database, checks it, puts the service together, and serves.
struct ServingService: Service {
    let definition: ServiceDefinition
    let settings: ServiceSettings
    let database: Database
    let logger: Logger
    let notifier: SystemNotifier

    func run() async throws {
        guard try await self.databaseIsFit() else { return }
        let peers = PeerDirectory(settings: self.settings, ownName: self.definition.name)
        let composition = try await self.definition.compose(
            ServiceEnvironment(
                settings: self.settings, database: self.database, logger: self.logger,
                peers: peers))
        let names = PeerNames(settings: self.settings)
        if names.isOneTrustDomain {
            self.logger.warning(
                "every service runs as this one user: they cannot tell each other apart",
                metadata: ["uid": "\(SystemUsers.ownUID)"])
        }
        let sockets = try ListeningSockets(service: self.definition.name, settings: self.settings)
        let server = RPCServer(
            service: self.definition.name, build: self.definition.build,
            methods: composition.methods, authorizer: composition.authorizer,
            health: { await self.health(composition) },
            database: { DatabaseFigures(self.database.statistics) },
            peerNames: { names.names(uid: $0) }, logger: self.logger)
        let listening = ListeningService(
            server: server, descriptors: sockets.descriptors, addresses: sockets.addresses,
            drainGrace: self.settings[.drainGrace], logger: self.logger, notifier: self.notifier)
        let result: Result<Void, any Error>
        do {
            try await self.serve(listening, beside: composition)
            result = .success(())
        } catch {
            result = .failure(error)
        }
        sockets.remove()
        try result.get()
    }

    /// Runs the server last, so that it is the first to stop.
    private func serve(
        _ listening: ListeningService, beside composition: ServiceComposition
    ) async throws {
        var services = composition.background
        if let authorizer = composition.authorizer as? any Service { services.append(authorizer) }
        if let interval = self.notifier.watchdogInterval {
            services.append(
                WatchdogService(
                    server: listening.server, interval: interval, notifier: self.notifier,
                    logger: self.logger))
        }
        services.append(listening)
        // One that fails ends the service, but open calls may finish first.
        let group = services.map {
            ServiceGroupConfiguration.ServiceConfiguration(
                service: $0, successTerminationBehavior: .ignore,
                failureTerminationBehavior: .gracefullyShutdownGroup)
        }
        var logger = self.logger
        logger.logLevel = max(logger.logLevel, .notice)
        try await ServiceGroup(
            configuration: ServiceGroupConfiguration(services: group, logger: logger)
        ).run()
    }

    private func health(_ composition: ServiceComposition) async -> [DependencyHealth] {
        var report: [DependencyHealth] = []
        do {
            try await self.database.ping(deadline: .now + .seconds(1))
            report.append(DependencyHealth(name: "database", isReady: true))
        } catch {
            report.append(
                DependencyHealth(
                    name: "database", isReady: false, message: "The database does not answer."))
        }
        for ask in composition.health { report.append(await ask()) }
        return report
    }
}

extension ServingService {
    /// How often the log says that the database is still awaited.
    private static let reportInterval: Duration = .seconds(10)

    /// Waits until the database answers, then checks role and schema.
    ///
    /// - Returns: `false` if the service was asked to stop while it waited.
    /// - Throws: ``StartupError`` if the role or the schema does not fit.
    private func databaseIsFit() async throws -> Bool {
        var reported: ContinuousClock.Instant?
        while !Task.isCancelled && !Task.isShuttingDownGracefully {
            do {
                try await cancelWhenGracefulShutdown { try await self.checkDatabase() }
                return true
            } catch is CancellationError {
                return false
            } catch let error as DatabaseError where Self.isPassing(error) {
                if reported.map({ $0.duration(to: .now) >= Self.reportInterval }) ?? true {
                    reported = .now
                    self.notifier.status("Waiting for the database.")
                    self.logger.warning(
                        "waiting for the database", metadata: ["error": "\(error)"])
                }
            } catch let error as DatabaseError {
                throw StartupError.failed("The database cannot be used: \(error)")
            } catch let error as MigrationError {
                throw StartupError.failed("The schema does not fit: \(error).")
            } catch let error as RoleCheck.Refusal {
                throw StartupError.failed("The database role does not fit: \(error).")
            }
            // Ends early when the service is asked to stop; the loop's condition sees to the rest.
            try? await cancelWhenGracefulShutdown { try await Task.sleep(for: .milliseconds(500)) }
        }
        return false
    }

    private func checkDatabase() async throws {
        try await RoleCheck.verify(
            self.database, schema: self.definition.schema,
            publicTables: self.definition.publicTables,
            sharedSchemas: self.definition.sharedSchemas)
        try await self.definition.migrator.check(self.database)
    }

    private static func isPassing(_ error: DatabaseError) -> Bool {
        switch error.code {
        case .unavailable, .connectionLost, .queueFull, .insufficientResources, .statementTimeout:
            true
        default: false
        }
    }
}
