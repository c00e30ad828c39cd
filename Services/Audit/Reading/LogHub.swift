internal import Locks

/// Wakes those in this process who follow the log when it may have grown.
///
/// A wake-up says nothing but "look": whoever follows reads the log by place, so that a lost or
/// doubled one does no harm, and any number of them is one.  Nobody waits for a follower.
final class LogHub: Sendable {
    private struct State {
        var followers: [Int: AsyncStream<Void>.Continuation] = [:]
        var nextNumber = 0
    }

    private let state = Mutex(State())

    /// Wake-ups until the iterating task ends; the first is there at once.
    func wakeUps() -> AsyncStream<Void> {
        let (stream, continuation) = AsyncStream.makeStream(
            of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let number = self.state.withLock { state in
            state.nextNumber += 1
            state.followers[state.nextNumber] = continuation
            return state.nextNumber
        }
        continuation.onTermination = { [weak self] _ in
            self?.state.withLock { $0.followers[number] = nil }
        }
        continuation.yield()
        return stream
    }

    /// Wakes everybody.
    func wake() {
        let followers = self.state.withLock { Array($0.followers.values) }
        for follower in followers { follower.yield() }
    }

    /// How many follow.
    var followerCount: Int { self.state.withLock { $0.followers.count } }
}
