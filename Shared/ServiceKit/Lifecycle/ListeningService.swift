internal import Logging
internal import RPC
internal import ServiceLifecycle

/// Accepts calls from when it starts until the service is asked to stop, then lets them finish.
struct ListeningService: Service {
    let server: RPCServer
    let descriptors: [CInt]
    let addresses: [String]
    let drainGrace: Duration
    let logger: Logger
    let notifier: SystemNotifier

    func run() async throws {
        for descriptor in self.descriptors {
            try await self.server.listen(descriptor: descriptor)
        }
        self.logger.info("serving", metadata: ["addresses": .array(self.addresses.map { "\($0)" })])
        self.notifier.ready()
        var grace = self.drainGrace
        do {
            try await gracefulShutdown()
        } catch {
            // Cancelled: nobody waits for open calls any more.
            grace = .zero
        }
        self.notifier.stopping()
        self.logger.info("stopping")
        await self.server.drain(grace: grace)
    }
}

/// Tells systemd that the event loops turn, for as long as they do.
struct WatchdogService: Service {
    let server: RPCServer
    let interval: Duration
    let notifier: SystemNotifier
    let logger: Logger

    func run() async throws {
        // Runs on while open calls finish: systemd goes on watching until the process ends.
        while !Task.isCancelled {
            if await self.server.isResponsive(within: self.interval / 2) {
                self.notifier.alive()
            } else {
                self.logger.error("an event loop does not turn")
            }
            // Ends early when the service is asked to stop.
            try? await cancelWhenGracefulShutdown { try await Task.sleep(for: self.interval / 2) }
            if Task.isShuttingDownGracefully { return }
        }
    }
}
