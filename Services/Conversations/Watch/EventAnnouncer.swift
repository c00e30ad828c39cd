internal import Locks

internal import struct FoundationEssentials.UUID

/// Tells watchers of a change: those of this process at once, those of other instances soon.
///
/// The notification is not sent in the transaction of the change: Postgres lets transactions that
/// notify commit one after the other only, so that writes could no longer share a flush.  Instead
/// ``WatchRelay`` sends what was announced meanwhile as one notification.  Should the process die
/// in between, watchers elsewhere find the event when they look by themselves.
final class EventAnnouncer: Sendable {
    /// Conversations waiting to be announced to other instances; more than these are left to the
    /// other instances' own looking.
    static let limit = 10_000

    private struct State {
        var waiting: Set<UUID> = []
        var wakeUp: AsyncStream<Void>.Continuation?
    }

    private let hub: WatchHub
    private let state = Mutex(State())

    /// Makes an announcer for the watchers of a hub.
    init(hub: WatchHub) { self.hub = hub }

    /// Tells of a change that is committed.
    func announce(_ conversation: UUID) {
        self.hub.wake(conversation)
        let wakeUp = self.state.withLock { state -> AsyncStream<Void>.Continuation? in
            guard state.waiting.count < Self.limit else { return nil }
            return state.waiting.insert(conversation).inserted ? state.wakeUp : nil
        }
        wakeUp?.yield()
    }

    /// Says when there is something to take.
    func wakeUps() -> AsyncStream<Void> {
        let (stream, continuation) = AsyncStream.makeStream(
            of: Void.self,
            bufferingPolicy: .bufferingNewest(1)
        )
        self.state.withLock { $0.wakeUp = continuation }
        continuation.yield()
        return stream
    }

    /// Takes what waits.
    func takeAll() -> [UUID] {
        self.state.withLock { state in
            defer { state.waiting.removeAll() }
            return Array(state.waiting)
        }
    }
}
