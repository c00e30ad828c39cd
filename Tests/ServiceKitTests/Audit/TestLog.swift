import AuditAPI
import AuditFormat
import Locks
import RPC

import struct FoundationEssentials.Data

/// A log that takes events as `audit.AppendEntries` does, in memory, and fails as it is told to.
final class TestLog: Sendable {
    /// What becomes of a call.
    enum Course: Hashable, CaseIterable {
        /// It is answered.
        case answered
        /// It fails, and nothing was taken.
        case failsBefore
        /// It fails, and what it brought was taken.
        case failsAfter
        /// It is not answered before the caller has lost patience, and what it brought was taken.
        case hangs
    }

    private struct State {
        var epoch: Int64 = 0
        var numberings: [Int64: [ProducedEntry]] = [:]
        var checkpointed: Int64 = 0
        var checkpointsAll = true
        var callCount = 0
        var complaints: [String] = []
        var acceptsGap = false
        var gaps: [ClosedRange<Int64>] = []
        var course: @Sendable (Int) -> Course = { _ in .answered }
        var waiters: [(isReached: @Sendable (State) -> Bool, CheckedContinuation<Void, Never>)] = []

        var durable: Int64 { Int64(self.numberings[self.epoch]?.count ?? 0) }
    }

    private let state = Mutex(State())

    /// What becomes of the calls from now on, by their numbers from 1.
    func behave(_ course: @escaping @Sendable (Int) -> Course) {
        self.state.withLock { state in
            state.callCount = 0
            state.course = course
        }
    }

    /// Lets checkpoints cover as much; `nil` for all.
    func checkpoint(_ sequence: Int64?) {
        self.state.withLock { state in
            state.checkpointsAll = sequence == nil
            state.checkpointed = sequence ?? 0
        }
    }

    /// Puts back an older state of the log.
    func truncate(to count: Int) {
        self.state.withLock { state in
            state.numberings[state.epoch] = state.numberings[state.epoch].map {
                Array($0.prefix(count))
            }
        }
    }

    /// Lets the producer go on once after numbers that it cannot send again, as after
    /// `steward-audit begin-epoch`.
    func acceptGap() { self.state.withLock { $0.acceptsGap = true } }

    /// The numbers that were given up.
    var gaps: [ClosedRange<Int64>] { self.state.withLock { $0.gaps } }

    // MARK: What it has

    /// Everything, numbering by numbering.
    var entries: [ProducedEntry] {
        self.state.withLock { state in
            state.numberings.keys.sorted().flatMap { state.numberings[$0] ?? [] }
                .filter { !$0.event.isEmpty }
        }
    }

    /// What the events were about.
    var names: [String] {
        get throws { try self.entries.map { try AuditEvent(bytes: $0.event).resourceID ?? "" } }
    }

    /// What was sent that may not be: gaps, and other events with the same numbers.
    var complaints: [String] { self.state.withLock { $0.complaints } }

    /// The numbering that it is at.
    var epoch: Int64 { self.state.withLock { $0.epoch } }

    /// Waits until the log has so many entries in all.
    func has(_ count: Int) async {
        await self.wait { state in
            state.numberings.values.reduce(0) { $0 + $1.count } >= count
        }
    }

    /// Waits until it was called so often since ``behave(_:)``.
    func wasCalled(_ count: Int) async { await self.wait { $0.callCount >= count } }

    private func wait(until isReached: @escaping @Sendable (State) -> Bool) async {
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            let isThere = self.state.withLock { state in
                if isReached(state) { return true }
                state.waiters.append((isReached, continuation))
                return false
            }
            if isThere { continuation.resume() }
        }
    }

    // MARK: Taking

    /// Takes entries as the audit service does.
    func append(_ request: AppendEntries) async throws -> AppendedEntries {
        let course = self.state.withLock { state in
            state.callCount += 1
            return state.course(state.callCount)
        }
        await Task.yield()
        defer { self.wake() }
        if course == .failsBefore { throw Self.isAway }
        let reply = try self.state.withLock { try Self.take(request, &$0) }
        if course != .answered { throw Self.isAway }
        return reply
    }

    private func wake() {
        let reached = self.state.withLock { state in
            let reached = state.waiters.filter { $0.isReached(state) }
            let waiting = state.waiters.filter { !$0.isReached(state) }
            state.waiters = waiting
            return reached
        }
        for waiter in reached { waiter.1.resume() }
    }

    private static func take(
        _ request: AppendEntries, _ state: inout State
    ) throws -> AppendedEntries {
        if !request.entries.isEmpty {
            guard request.epoch >= state.epoch else {
                state.complaints.append("epoch \(request.epoch) after \(state.epoch)")
                throw Self.isAway
            }
            var numbering = state.numberings[request.epoch] ?? []
            for entry in request.entries {
                switch Int(entry.sequence) - numbering.count {
                case 1: numbering.append(entry)
                case ...0 where numbering[Int(entry.sequence) - 1] == entry: break
                case ...0:
                    state.complaints.append("two events \(entry.sequence)")
                    throw Self.isAway
                default:
                    if state.acceptsGap {
                        state.gaps.append(Int64(numbering.count + 1)...(entry.sequence - 1))
                        while Int64(numbering.count) < entry.sequence - 1 {
                            numbering.append(ProducedEntry(sequence: 0, event: Data()))
                        }
                        numbering.append(entry)
                        continue
                    }
                    state.complaints.append("\(entry.sequence) after \(numbering.count)")
                    throw Self.isAway
                }
            }
            state.epoch = request.epoch
            state.numberings[request.epoch] = numbering
            state.acceptsGap = false
        }
        let known = try request.eventIDs.map { asked in
            let all = try state.numberings.values.joined().filter { !$0.event.isEmpty }
                .map { try AuditEvent(bytes: $0.event).id }
            return asked.filter(all.contains)
        }
        return AppendedEntries(
            epoch: state.epoch, durableSequence: state.durable,
            checkpointedSequence: state.checkpointsAll
                ? state.durable : min(state.checkpointed, state.durable),
            treeSize: state.numberings.values.reduce(0) { $0 + Int64($1.count) },
            acceptsGap: state.acceptsGap ? true : nil, knownEventIDs: known)
    }

    private static let isAway = RPCError(
        .unavailable, reason: "test.away", message: "The log is away.")
}
