internal import IdentityAPI
internal import Logging
internal import ServiceKit
internal import ServiceLifecycle

/// Does what has to be done now and then.  Several instances may do it at a time.
struct Maintenance: Service {
    let store: MaintenanceStore
    let keys: SigningKeyStore
    let key: SigningKey
    let audit: AuditOutbox
    let logger: Logger

    /// How often sealed successors are looked at.
    private static let interval = Duration.seconds(10)
    /// Every how many of those all the rest is done.
    private static let roundsBetweenPrunes = 30

    func run() async throws {
        await cancelWhenGracefulShutdown {
            var round = 0
            while !Task.isCancelled {
                // Cancellation ends the sleep, and the loop with it.
                try? await Task.sleep(for: Self.interval)
                round += 1
                guard !Task.isCancelled else { return }
                await self.perform(all: round.isMultiple(of: Self.roundsBetweenPrunes))
            }
        }
    }

    /// One round; what fails is tried again in the next.
    func perform(all: Bool) async {
        do {
            try await self.store.forgetSuccessors()
            guard all else { return }
            try await self.keys.register(self.key, recordingIn: self.audit)
            try await self.keys.retireUnused(recordingIn: self.audit)
            while try await self.store.prune() { try Task.checkCancellation() }
        } catch is CancellationError {
            return
        } catch {
            self.logger.warning(
                "maintenance failed and is tried again", metadata: ["error": "\(error)"])
        }
    }
}
