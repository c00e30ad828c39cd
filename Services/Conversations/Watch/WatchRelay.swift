internal import Logging
internal import Postgres
internal import ServiceLifecycle

/// Carries the news of changes between instances of the service.
struct WatchRelay: Service {
    let events: EventStore
    let hub: WatchHub
    let announcer: EventAnnouncer
    let logger: Logger

    /// How often watchers look by themselves, for news that was lost with a process.
    static let lookInterval = Duration.seconds(15)
    /// How long announcements gather, so that many become one notification.
    static let gatherInterval = Duration.milliseconds(5)

    func run() async throws {
        await cancelWhenGracefulShutdown {
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await self.receive() }
                group.addTask { await self.send() }
                group.addTask { await self.look() }
                await group.waitForAll()
            }
        }
    }

    private func receive() async {
        for await notification in self.events.notifications() {
            switch notification {
            case .resumed: self.hub.wakeAll()
            case .received(let payload):
                for conversation in EventStore.conversations(in: payload) {
                    self.hub.wake(conversation)
                }
            }
        }
    }

    private func send() async {
        for await _ in self.announcer.wakeUps() {
            // Cancelled only when the service stops; what waits then is found by looking.
            try? await Task.sleep(for: Self.gatherInterval)
            let conversations = self.announcer.takeAll()
            guard !conversations.isEmpty else { continue }
            do {
                try await self.events.notify(of: conversations)
            } catch {
                self.logger.debug(
                    "other instances were not told of changes; their watchers look by themselves",
                    metadata: ["error": "\(error)"]
                )
            }
        }
    }

    private func look() async {
        while !Task.isCancelled {
            // Cancelled only when the service stops, which ends the loop.
            try? await Task.sleep(for: Self.lookInterval)
            self.hub.wakeAll()
        }
    }
}
