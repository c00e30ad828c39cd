internal import Locks

internal import struct FoundationEssentials.UUID

/// Wakes the watchers of this process when their conversation may have changed.
///
/// A wake-up says nothing but "look": watchers read the events themselves, by position, so that a
/// lost or doubled wake-up does no harm, and any number of them is one.  Nobody waits for a
/// watcher.
final class WatchHub: Sendable {
    private struct State {
        var watchers: [UUID: [Int: AsyncStream<Void>.Continuation]] = [:]
        var nextNumber = 0
    }

    private let state = Mutex(State())

    /// Wake-ups for one conversation, until the iterating task ends.
    ///
    /// The first is there at once.
    func wakeUps(for conversation: UUID) -> AsyncStream<Void> {
        let (stream, continuation) = AsyncStream.makeStream(
            of: Void.self,
            bufferingPolicy: .bufferingNewest(1)
        )
        let number = self.state.withLock { state in
            state.nextNumber += 1
            state.watchers[conversation, default: [:]][state.nextNumber] = continuation
            return state.nextNumber
        }
        continuation.onTermination = { [weak self] _ in self?.remove(number, of: conversation) }
        continuation.yield()
        return stream
    }

    /// Wakes the watchers of one conversation.
    func wake(_ conversation: UUID) {
        let watchers = self.state.withLock { $0.watchers[conversation].map { Array($0.values) } }
        for watcher in watchers ?? [] { watcher.yield() }
    }

    /// Wakes everybody: after something may have been missed.
    func wakeAll() {
        let watchers = self.state.withLock { state in state.watchers.values.flatMap(\.values) }
        for watcher in watchers { watcher.yield() }
    }

    /// How many watchers there are.
    var watcherCount: Int {
        self.state.withLock { state in state.watchers.values.reduce(0) { $0 + $1.count } }
    }

    private func remove(_ number: Int, of conversation: UUID) {
        self.state.withLock { state in
            state.watchers[conversation]?[number] = nil
            if state.watchers[conversation]?.isEmpty == true {
                state.watchers[conversation] = nil
            }
        }
    }
}
