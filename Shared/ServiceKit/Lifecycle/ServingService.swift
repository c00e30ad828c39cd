internal import AuditAPI
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
        let gauge = OutboxGauge(limit: self.settings[.auditOutboxLimit])
        let environment = ServiceEnvironment(
            settings: self.settings, database: self.database, logger: self.logger, peers: peers,
            audit: AuditOutbox(
                schema: self.definition.schema, gauge: gauge,
                gateways: Set(self.definition.gateways(self.settings))))
        let composition = try await self.definition.compose(environment)
        let relay = self.relay(composition, peers, gauge)
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
            health: { await self.health(composition) + [relay.health] },
            database: { DatabaseFigures(self.database.statistics) },
            peerNames: { names.names(uid: $0) }, logger: self.logger)
        let listening = ListeningService(
            server: server, descriptors: sockets.descriptors, addresses: sockets.addresses,
            drainGrace: self.settings[.drainGrace], logger: self.logger, notifier: self.notifier)
        let result: Result<Void, any Error>
        do {
            try await self.record(.serviceStarted, environment)
            try await self.serve(
                listening,
                beside: [environment.denials, relay]
                    + self.reporters(composition, peers, gauge, server)
                    + composition.background,
                authorizer: composition.authorizer)
            await self.recordStop(environment)
            result = .success(())
        } catch {
            result = .failure(error)
        }
        sockets.remove()
        try result.get()
    }

    /// Runs the server last, so that it is the first to stop.
    private func serve(
        _ listening: ListeningService, beside background: [any Service],
        authorizer: any CallAuthorizer
    ) async throws {
        var services = background
        if let authorizer = authorizer as? any Service { services.append(authorizer) }
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

    /// What takes the service's audit events to the log.
    private func relay(
        _ composition: ServiceComposition, _ peers: PeerDirectory, _ gauge: OutboxGauge
    ) -> AuditRelay {
        let log = peers.client(of: "audit")
        var options = CallOptions()
        options.timeout = .seconds(10)
        return AuditRelay(
            producer: self.definition.name, schema: self.definition.schema,
            database: self.database, gauge: gauge, logger: self.logger,
            contactInterval: composition.auditContactInterval,
            sink: composition.auditSink ?? { [options] in
                try await log.call($0, options: options)
            })
    }

    /// What reports the service's statistics, unless that is switched off.
    private func reporters(
        _ composition: ServiceComposition, _ peers: PeerDirectory, _ gauge: OutboxGauge,
        _ server: RPCServer
    ) -> [any Service] {
        let interval = self.settings[.metricsInterval]
        guard interval > .zero else { return [] }
        let log = peers.client(of: "audit")
        var options = CallOptions()
        options.timeout = .seconds(5)
        return [
            MetricsReporter(
                source: MetricsSource(
                    server: server, gauge: gauge, instance: self.settings.instance),
                interval: interval,
                logger: self.logger,
                sink: composition.metricsSink ?? { [options] in
                    try await log.call($0, options: options)
                })
        ]
    }

    /// How long a service that stops tries to record it.
    private static let recordStopTimeout: Duration = .seconds(3)

    /// Records that the service ends its work; that it cannot does not keep it from ending well.
    private func recordStop(_ environment: ServiceEnvironment) async {
        do {
            try await self.record(
                .serviceStopped, environment, deadline: .now + Self.recordStopTimeout)
        } catch {
            self.logger.warning(
                "that the service stops could not be recorded", metadata: ["error": "\(error)"])
        }
    }

    /// Records that the service begins or ends its work.
    private func record(
        _ action: AuditAction, _ environment: ServiceEnvironment,
        deadline: ContinuousClock.Instant? = nil
    ) async throws {
        try await environment.audit.commit(
            AuditFact(
                action, of: AuditResource("service", self.definition.name),
                payload: AuditPayload(
                    details: .object(["build": .string(self.definition.build)])),
                priority: .repair),
            in: nil, to: self.database, deadline: deadline)
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
