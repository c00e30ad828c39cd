/// What the pool has to do once its lock is released.
struct PoolActions {
    var sends: [(connection: Connection, segment: Segment)] = []
    var grants: [(connection: Connection, request: LeaseRequest)] = []
    var refusals: [(work: PoolState.Work, error: any Error)] = []
    var opens: [ConnectionCore.Kind] = []
    var closes: [Connection] = []
    var closingSignals: [AsyncStream<Never>.Continuation] = []
    var drained: [CheckedContinuation<Void, Never>] = []
    var needsTickAt: ContinuousClock.Instant?

    mutating func tick(at instant: ContinuousClock.Instant) {
        self.needsTickAt = min(self.needsTickAt ?? instant, instant)
    }
}
