internal import AuditAPI
internal import Locks
package import Logging
package import Postgres
package import RPC
internal import ServiceLifecycle

/// Records refused calls before the callers hear of it, without letting those who provoke refusals
/// fill the outbox.
///
/// What arrives while a write is on its way is written together by the next one.  Refusals of
/// somebody signed in are events of their own.  Those of callers who are not are told as one, with
/// a count, per process, address, method and reason within ten seconds; where even that would take
/// more than half the outbox, all go into one event.
package final class DenialRecorder: Service {
    /// A refused call.
    private struct Denial {
        let fact: AuditFact
        let source: EventSource
        let waiter: CheckedContinuation<Void, any Error>
    }

    /// What refusals of callers without a name are counted by.
    private struct Kind: Hashable {
        let method: String?
        let reason: String?
        let peer: String?
        let clientAddress: String?

        /// Where there are too many kinds, or too little room, to tell them apart.
        static let others = Kind(method: nil, reason: nil, peer: nil, clientAddress: nil)
    }

    /// An event that is still counted up.
    private struct OpenEvent {
        var event: StatedEvent
        let closesAt: ContinuousClock.Instant
    }

    private struct State {
        var pending: [Denial] = []
        var isStopped = false
        var wake: CheckedContinuation<Void, Never>?
    }

    private let outbox: AuditOutbox
    private let database: Database
    private let logger: Logger
    private let state = Mutex(State())

    /// How long refusals are counted into one event.
    private static let window: Duration = .seconds(10)
    /// The relay leaves an event alone for this long, so that a late count still finds it.
    private static let openFor: Duration = .seconds(15)
    /// As many kinds as are told apart at a time.
    private static let kindLimit = 256
    /// As many refusals as may wait to be recorded; more are refused as too many.
    private static let pendingLimit = 4_096

    /// Makes a recorder; it records while it runs, and what came before it ran.
    package init(outbox: AuditOutbox, database: Database, logger: Logger) {
        self.outbox = outbox
        self.database = database
        self.logger = logger
    }

    /// Records that a call was refused, and returns when that is durable.
    ///
    /// - Parameters:
    ///   - fact: tells who, if the caller is known, and why.
    /// - Throws: `audit.not_recorded`; the caller is to be told that instead.
    package func record(
        _ fact: AuditFact, method: String, peer: Peer, trace: TraceContext? = nil
    ) async throws {
        try await self.record(
            fact,
            from: EventSource(method: method, peer: peer.auditName, traceID: trace?.traceID))
    }

    /// Records that a call was refused while it was served, and returns when that is durable.
    ///
    /// - Throws: `audit.not_recorded`; the caller is to be told that instead.
    package func record(_ fact: AuditFact, in context: CallContext) async throws {
        try await self.record(fact, from: self.outbox.source(context))
    }

    private func record(_ fact: AuditFact, from source: EventSource) async throws {
        try await withCheckedThrowingContinuation {
            (waiter: CheckedContinuation<Void, any Error>) in
            let (isTaken, wake) = self.state.withLock { state in
                guard !state.isStopped, state.pending.count < Self.pendingLimit else {
                    return (false, nil as CheckedContinuation<Void, Never>?)
                }
                state.pending.append(Denial(fact: fact, source: source, waiter: waiter))
                defer { state.wake = nil }
                return (true, state.wake)
            }
            wake?.resume()
            if !isTaken { waiter.resume(throwing: RPCError.denialsNotRecorded) }
        }
    }

    package func run() async throws {
        await cancelWhenGracefulShutdown { await self.recordUntilCancelled() }
        let left = self.state.withLock { state in
            state.isStopped = true
            defer { state.pending = [] }
            return state.pending
        }
        for denial in left { denial.waiter.resume(throwing: RPCError.denialsNotRecorded) }
    }

    private func recordUntilCancelled() async {
        var open: [Kind: OpenEvent] = [:]
        while !Task.isCancelled {
            let batch = await self.nextBatch()
            guard !batch.isEmpty else { continue }
            let result: Result<Void, any Error>
            do {
                try await self.write(batch, &open)
                result = .success(())
            } catch {
                // What was counted may or may not be there; new events count from here.
                open = [:]
                self.logger.warning(
                    "refused calls could not be recorded",
                    metadata: ["error": "\(error)", "count": "\(batch.count)"])
                result = .failure(RPCError.denialsNotRecorded)
            }
            for denial in batch { denial.waiter.resume(with: result) }
        }
    }

    /// Waits for refusals; empty when cancelled.
    private func nextBatch() async -> [Denial] {
        await withTaskCancellationHandler {
            await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
                let isReady = self.state.withLock { state in
                    guard state.pending.isEmpty, !Task.isCancelled else { return true }
                    state.wake = continuation
                    return false
                }
                if isReady { continuation.resume() }
            }
        } onCancel: {
            self.state.withLock { state in
                defer { state.wake = nil }
                return state.wake
            }?.resume()
        }
        return self.state.withLock { state in
            defer { state.pending = [] }
            return state.pending
        }
    }

    /// Writes a batch down in one transaction.
    private func write(_ batch: [Denial], _ open: inout [Kind: OpenEvent]) async throws {
        let now = ContinuousClock.now
        open = open.filter { $0.value.closesAt > now || $0.key == .others }
        var inserted: [SQL] = []
        var counts: [Kind: (denial: Denial, count: Int64)] = [:]
        var kinds = Set(open.keys)
        for denial in batch {
            if denial.fact.actorID ?? denial.source.actorID != nil, self.takesRoom() {
                inserted.append(
                    try self.outbox.insert(StatedEvent(denial.fact, source: denial.source)))
            } else {
                let kind = self.kind(of: denial, &kinds)
                counts[kind, default: (denial, 0)].count += denial.fact.count
            }
        }
        let counted = counts.filter { open[$0.key] != nil }
        var next = open
        var updates: [(kind: Kind, statement: SQL)] = []
        for (kind, value) in counted {
            next[kind]?.event.count += value.count
            guard let event = next[kind]?.event else { continue }
            updates.append((kind, try self.outbox.replace(event)))
        }
        for (kind, value) in counts where open[kind] == nil {
            let event = self.event(kind, value.denial, count: value.count)
            next[kind] = OpenEvent(event: event, closesAt: now + Self.window)
            inserted.append(try self.outbox.insert(event, openFor: Self.openFor))
        }
        let results = try await self.database.write(
            updates.map(\.statement) + inserted, as: .purpose(AuditOutbox.recordPurpose),
            deadline: now + .seconds(5))
        open = next
        // The relay was quicker than a late count: the rest becomes an event of its own.
        var late: [SQL] = []
        for (index, update) in updates.enumerated() where results[index].affectedRowCount == 0 {
            guard let value = counts[update.kind] else { continue }
            let event = self.event(update.kind, value.denial, count: value.count)
            open[update.kind] = OpenEvent(event: event, closesAt: now + Self.window)
            late.append(try self.outbox.insert(event, openFor: Self.openFor))
        }
        guard !late.isEmpty else { return }
        _ = try await self.database.write(
            late, as: .purpose(AuditOutbox.recordPurpose), deadline: now + .seconds(5))
    }

    private func takesRoom() -> Bool {
        // Without room it is counted instead.
        (try? self.outbox.gauge.take(.denial)) != nil
    }

    /// What a refusal is counted by: by itself, or with others where there are too many.
    private func kind(of denial: Denial, _ kinds: inout Set<Kind>) -> Kind {
        let kind = Kind(
            method: denial.source.method, reason: denial.fact.reason, peer: denial.source.peer,
            clientAddress: denial.source.clientAddress)
        if kinds.contains(kind) { return kind }
        guard kinds.count < Self.kindLimit, self.takesRoom() else { return .others }
        kinds.insert(kind)
        return kind
    }

    private func event(_ kind: Kind, _ denial: Denial, count: Int64) -> StatedEvent {
        var fact = AuditFact(
            .accessDenied, outcome: .denied, reason: kind.reason, count: count)
        if kind == .others { fact.reason = "audit.many_denials" }
        var source = EventSource()
        source.method = kind.method
        source.peer = kind.peer
        source.clientAddress = kind.clientAddress
        return StatedEvent(fact, source: source)
    }
}

extension RPCError {
    /// A refusal that could not be written down is told as nothing but this.
    static let denialsNotRecorded = RPCError(
        .unavailable, reason: "audit.not_recorded",
        message: "The call cannot be decided on at the moment.", retry: .after(.milliseconds(500)))
}
