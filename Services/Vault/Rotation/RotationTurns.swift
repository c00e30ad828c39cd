internal import Locks
internal import RPC

internal import struct FoundationEssentials.UUID

/// Which rotations run, so that each runs once, and which have failed and wait.
final class RotationTurns: Sendable {
    private struct Failure {
        var count: Int
        var waitsUntil: ContinuousClock.Instant
    }

    private struct State {
        var running: Set<UUID> = []
        var failures: [UUID: Failure] = [:]

        mutating func putOff(_ id: UUID, at now: ContinuousClock.Instant) {
            let count = (self.failures[id]?.count ?? 0) + 1
            guard count > 1 || self.failures.count < RotationTurns.failureLimit else { return }
            let wait = min(longestWait, shortestWait * (1 << min(count - 1, 6)))
            self.failures[id] = Failure(count: count, waitsUntil: now + wait)
        }
    }

    /// How many run at a time; protects the machine from programs.
    private static let runningLimit = 8
    /// As many failures as are remembered; others are tried again with the next round.
    private static let failureLimit = 10_000
    private static let shortestWait = Duration.seconds(60)
    private static let longestWait = Duration.seconds(3_600)

    private let state = Mutex(State())

    /// Begins a rotation.
    ///
    /// - Throws: `vault.rotation_running`; `vault.busy`.
    func begin(_ id: UUID) throws(RPCError) {
        let refusal = self.state.withLock { state -> RPCError? in
            guard !state.running.contains(id) else { return .rotationRunning }
            guard state.running.count < Self.runningLimit else { return .rotationsBusy }
            state.running.insert(id)
            return nil
        }
        if let refusal { throw refusal }
    }

    /// Ends a rotation that did not fail.
    func end(_ id: UUID, isDone: Bool) {
        self.state.withLock { state in
            state.running.remove(id)
            if isDone { state.failures[id] = nil }
        }
    }

    /// Ends a rotation that has failed; each time it waits longer.
    func fail(_ id: UUID, at now: ContinuousClock.Instant = .now) {
        self.state.withLock { state in
            state.running.remove(id)
            state.putOff(id, at: now)
        }
    }

    /// Lets a rotation that could not even begin wait like one that failed, unless it runs or
    /// waits already.
    func postpone(_ id: UUID, at now: ContinuousClock.Instant = .now) {
        self.state.withLock { state in
            guard !state.running.contains(id), state.failures[id]?.waitsUntil ?? now <= now
            else { return }
            state.putOff(id, at: now)
        }
    }

    /// Those that run or wait now.
    func held(at now: ContinuousClock.Instant = .now) -> [UUID] {
        self.state.withLock { state in
            Array(state.running)
                + state.failures.filter { $0.value.waitsUntil > now }.map(\.key)
        }
    }
}
