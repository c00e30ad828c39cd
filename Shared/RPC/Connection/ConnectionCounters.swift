import Locks
import NIOCore

/// What a process counts over all of its connections; read by statistics.
package final class ConnectionCounters: Sendable {
    /// Connections closed or calls refused, by reason.
    private let refusals = Mutex<[String: UInt64]>([:])
    private let accepted = Atomic<UInt64>(0)
    private let closed = Atomic<UInt64>(0)
    private let streams = Atomic<Int>(0)
    private let bytesIn = Atomic<UInt64>(0)
    private let bytesOut = Atomic<UInt64>(0)
    private let framesIn = Atomic<UInt64>(0)
    private let framesOut = Atomic<UInt64>(0)

    /// Bounds what peers can make a process log.
    private let logGate = Mutex(RateGate(limit: 20, interval: .seconds(10)))

    package init() {}

    /// Counts one refusal.  Reasons are constants of this program, so their number is bounded.
    func refused(_ reason: String) {
        let name = reason.hasPrefix("rpc.") ? String(reason.dropFirst(4)) : reason
        self.refusals.withLock { $0[name, default: 0] += 1 }
    }

    /// Whether one more line may be logged about a refusal; all are counted.
    func isLogLineDue() -> Bool { self.logGate.withLock { $0.admit(now: .now()) } }

    /// Counts a connection that was let in.
    func connectionOpened() { self.accepted.wrappingAdd(1, ordering: .relaxed) }

    /// Counts the end of a connection that was let in.
    func connectionClosed() { self.closed.wrappingAdd(1, ordering: .relaxed) }

    /// Adds what one connection has tallied since it last did so.
    func add(_ tally: TrafficTally) {
        self.bytesIn.wrappingAdd(UInt64(tally.bytesIn), ordering: .relaxed)
        self.bytesOut.wrappingAdd(UInt64(tally.bytesOut), ordering: .relaxed)
        self.framesIn.wrappingAdd(UInt64(tally.framesIn), ordering: .relaxed)
        self.framesOut.wrappingAdd(UInt64(tally.framesOut), ordering: .relaxed)
    }

    /// Counts streams that began, or ended if negative.
    func addStreams(_ count: Int) { self.streams.wrappingAdd(count, ordering: .relaxed) }

    /// How often each reason occurred, without the prefix `rpc.`.
    package var refusalsByReason: [String: UInt64] { self.refusals.withLock { $0 } }

    /// What was counted so far.
    var statistics: ConnectionStatistics {
        let closed = self.closed.load(ordering: .relaxed)
        let accepted = self.accepted.load(ordering: .relaxed)
        return ConnectionStatistics(
            open: accepted > closed ? accepted - closed : 0, total: accepted,
            streamsOpen: UInt64(clamping: self.streams.load(ordering: .relaxed)),
            bytesIn: self.bytesIn.load(ordering: .relaxed),
            bytesOut: self.bytesOut.load(ordering: .relaxed),
            framesIn: self.framesIn.load(ordering: .relaxed),
            framesOut: self.framesOut.load(ordering: .relaxed))
    }
}

/// What one connection has sent and received since it last told its ``ConnectionCounters``.
struct TrafficTally {
    var bytesIn = 0
    var bytesOut = 0
    var framesIn = 0
    var framesOut = 0
}

extension ConnectionHandler {
    /// Adds to the process's counters what was tallied on the event loop since the last flush.
    func publishTraffic() {
        self.counters.add(self.traffic)
        self.traffic = TrafficTally()
    }
}
