internal import Logging
internal import ServiceLifecycle

/// Keeps people and their days current from the log.
///
/// Looks when the log has grown, a few times a second at most, so that appending keeps the machine.
struct LogFollower: Service {
    let store: FollowStore
    let hub: LogHub
    let logger: Logger

    private static let pause: Duration = .milliseconds(250)

    func run() async throws {
        await cancelWhenGracefulShutdown {
            for await _ in self.hub.wakeUps() {
                do {
                    try await self.catchUp()
                } catch is CancellationError {
                    return
                } catch {
                    self.logger.warning(
                        "people do not follow the log", metadata: ["error": "\(error)"])
                }
                // Cancelled only when the service stops, which ends the loop.
                try? await Task.sleep(for: Self.pause)
            }
        }
    }

    /// Takes in all that there is.
    func catchUp() async throws {
        while try await self.store.step() {}
    }
}
