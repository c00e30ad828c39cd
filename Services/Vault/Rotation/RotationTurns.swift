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
            let count = (state.failures[id]?.count ?? 0) + 1
            guard count > 1 || state.failures.count < Self.failureLimit else { return }
            let wait = min(Self.longestWait, Self.shortestWait * (1 << min(count - 1, 6)))
            state.failures[id] = Failure(count: count, waitsUntil: now + wait)
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
