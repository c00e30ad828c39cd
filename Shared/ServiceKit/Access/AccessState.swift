package import IdentityAPI
internal import Locks
package import RPC

package import struct FoundationEssentials.Date

/// What this process knows of everybody's access, kept current by an ``AccessFollower``.
///
/// Decisions read it in process, without asking identity.  It knows how old it is: when nothing was
/// heard for longer than the tolerance it is stale, and whoever decides by it must refuse.
package final class AccessState: Sendable {
    private struct State {
        var snapshot = AccessSnapshot()
        /// What a snapshot that is still arriving has said so far; serves nobody yet.
        var arriving: AccessSnapshot?
        /// When the stream last said that this is the current state of things.
        var lastHeard: ContinuousClock.Instant?
        /// Whether the present stream has caught up, so that each of its events is news.
        var isCaughtUp = false
        var watchers: [UInt64: Watcher] = [:]
        var nextWatcherID: UInt64 = 0
    }

    /// Somebody who wants to hear when a caller's token stops counting.
    private struct Watcher: Sendable {
        let caller: Caller
        let end: @Sendable (RPCError) -> Void
    }

    /// How long decisions may rest on what was last heard.
    package let tolerance: Duration
    private let clock: AccessClock
    private let state = Mutex(State())

    /// Knows nothing and is stale until a snapshot has arrived.
    package init(tolerance: Duration = .seconds(10), clock: AccessClock = .system) {
        self.tolerance = tolerance
        self.clock = clock
    }

    /// Calendar time by this state's clock.
    package var now: Date { self.clock.date() }

    /// The position after which to ask for more; `nil` before the first snapshot.
    package var position: Int64? {
        self.state.withLock { $0.lastHeard == nil ? nil : $0.snapshot.position }
    }

    /// When identity was last heard to say that this is the current state of things.
    package var lastHeard: ContinuousClock.Instant? { self.state.withLock { $0.lastHeard } }

    /// Whether decisions may be made by it now.
    package var isFresh: Bool {
        let now = self.clock.instant()
        return self.state.withLock { self.isFresh($0, at: now) }
    }

    /// Looks at what is known now; `body` must be short.
    package func withSnapshot<Result>(
        _ body: (AccessSnapshot) throws -> Result
    ) rethrows -> Result {
        try self.state.withLock { try body($0.snapshot) }
    }

    /// A dependency for the health report.
    package var health: DependencyHealth {
        let isFresh = self.isFresh
        return DependencyHealth(
            name: "access", isReady: isFresh,
            message: isFresh ? nil : "Nothing was heard from identity for too long.")
    }

    // MARK: The stream

    /// Says that a stream begins; its events are old news until it has caught up.
    package func streamBegan() {
        self.state.withLock { state in
            state.arriving = nil
            state.isCaughtUp = false
        }
    }

    /// Whether an event of the present stream is older than what was heard before, outside a
    /// snapshot.
    package func isContradicted(by event: AccessEvent) -> Bool {
        self.state.withLock { state in
            state.lastHeard != nil && state.arriving == nil && event.kind != .snapshotBegan
                && event.position < state.snapshot.position
        }
    }

    /// Applies what identity says, and tells those whose token stops counting by it.
    ///
    /// A snapshot counts as a whole, when its end has arrived.
    package func apply(_ event: AccessEvent) {
        let now = (date: self.clock.date(), instant: self.clock.instant())
        let ended = self.state.withLock { state -> [(Watcher, AccessRefusal)] in
            switch event.kind {
            case .snapshotBegan:
                state.arriving = AccessSnapshot()
                return []
            case .snapshotEnded:
                guard var complete = state.arriving else { return [] }
                complete.apply(event)
                state.arriving = nil
                state.snapshot = complete
            case _ where state.arriving != nil:
                state.arriving?.apply(event)
                return []
            default:
                state.snapshot.apply(event)
            }
            if event.kind == .snapshotEnded || event.kind == .heartbeat { state.isCaughtUp = true }
            if state.isCaughtUp && (state.lastHeard != nil || event.kind == .snapshotEnded) {
                state.lastHeard = now.instant
            }
            guard event.kind != .heartbeat else { return [] }
            return self.removeEnded(&state, at: now)
        }
        for (watcher, refusal) in ended { watcher.end(refusal.rpcError) }
    }

    /// Tells those whose token has expired, and everybody when the state has become stale.
    ///
    /// It also forgets what is over.  To be called about once per second.
    package func tick() {
        let now = (date: self.clock.date(), instant: self.clock.instant())
        let ended = self.state.withLock { state -> [(Watcher, AccessRefusal)] in
            state.snapshot.prune(at: now.date)
            return self.removeEnded(&state, at: now)
        }
        for (watcher, refusal) in ended { watcher.end(refusal.rpcError) }
    }

    // MARK: Watchers

    /// Calls `end` once when a caller's token stops counting, at once if it does not count now.
    package func whenRevoked(
        _ caller: Caller, end: @escaping @Sendable (RPCError) -> Void
    ) -> RevocationRegistration {
        let now = (date: self.clock.date(), instant: self.clock.instant())
        let watcher = Watcher(caller: caller, end: end)
        let (id, refusal) = self.state.withLock { state -> (UInt64, AccessRefusal?) in
            let id = state.nextWatcherID
            state.nextWatcherID += 1
            let refusal = self.refusal(of: caller, state, at: now)
            if refusal == nil { state.watchers[id] = watcher }
            return (id, refusal)
        }
        if let refusal { end(refusal.rpcError) }
        return RevocationRegistration { [weak self] in
            _ = self?.state.withLock { $0.watchers.removeValue(forKey: id) }
        }
    }

    /// How many streams wait to hear of a revocation.
    package var watcherCount: Int { self.state.withLock { $0.watchers.count } }

    private func removeEnded(
        _ state: inout State, at now: (date: Date, instant: ContinuousClock.Instant)
    ) -> [(Watcher, AccessRefusal)] {
        var ended: [(Watcher, AccessRefusal)] = []
        for (id, watcher) in state.watchers {
            guard let refusal = self.refusal(of: watcher.caller, state, at: now) else { continue }
            state.watchers[id] = nil
            ended.append((watcher, refusal))
        }
        return ended
    }

    private func refusal(
        of caller: Caller, _ state: borrowing State,
        at now: (date: Date, instant: ContinuousClock.Instant)
    ) -> AccessRefusal? {
        if let refusal = state.snapshot.refusal(of: caller) { return refusal }
        if caller.expiresAt <= now.date { return .tokenExpired }
        return self.isFresh(state, at: now.instant) ? nil : .accessStale
    }

    private func isFresh(_ state: borrowing State, at now: ContinuousClock.Instant) -> Bool {
        guard let lastHeard = state.lastHeard else { return false }
        return lastHeard.duration(to: now) <= self.tolerance
    }
}
