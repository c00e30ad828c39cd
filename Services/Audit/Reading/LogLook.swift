internal import ServiceLifecycle

/// Wakes those who follow the log now and then, for what another process appended.
struct LogLook: Service {
    let hub: LogHub

    private static let interval: Duration = .seconds(1)

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                // Cancelled only when the service stops, which ends the loop.
                try? await Task.sleep(for: Self.interval)
                self.hub.wake()
            }
        }
    }
}
