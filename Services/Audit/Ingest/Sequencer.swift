internal import AuditAPI
internal import Locks
internal import Logging
internal import Postgres
internal import RPC
internal import ServiceLifecycle
internal import TransparencyLog

internal import struct FoundationEssentials.Date
internal import struct FoundationEssentials.UUID

/// Puts the entries of all producers into one order and stores them, a batch at a time: what
/// arrives while one batch is written becomes the next, so that many calls share a flush.
final class Sequencer: Service {
    private let store: IngestStore
    private let tiles: TileStore
    private let queue = AppendQueue()
    private let standing: LogStanding
    private let checkpointed: CheckpointedSequences
    private let hub: LogHub
    private let logger: Logger

    /// What the log is like after the last batch.
    private struct Writer {
        var state: LogState
        var edge: RightEdge
        var producers: [String: ProducerState]
        var partitions: Set<PayloadPartition> = []
    }

    /// Makes a sequencer; ``run()`` takes the log over.
    ///
    /// - Parameter hub: wakes those who follow the log when it has grown.
    init(
        database: Database, standing: LogStanding, checkpointed: CheckpointedSequences,
        hub: LogHub, logger: Logger
    ) {
        self.store = IngestStore(database: database)
        self.tiles = TileStore(database: database)
        self.standing = standing
        self.checkpointed = checkpointed
        self.hub = hub
        self.logger = logger
    }

    /// Appends entries of a producer, each exactly once, and waits until they are on disk.
    ///
    /// - Parameter receivedAt: when the call came.
    /// - Throws: an ``RPCError``; the database's errors.
    func append(
        _ request: AppendEntries, receivedAt: Date = Date()
    ) async throws -> AppendedEntries {
        let call = try CheckedAppend(request, receivedAt: receivedAt)
        guard !call.entries.isEmpty else { return try await self.answer(request) }
        try self.standing.requireFit()
        return try await self.queue.append(call)
    }

    func run() async throws {
        defer { self.queue.close() }
        try await cancelWhenGracefulShutdown {
            var writer: Writer?
            var known: KnownStates?
            try await self.queue.forEachBatch { batch in
                try await self.write(batch, &writer, &known)
            }
        }
    }

    /// How far the log has a producer's events, as the database says.
    private func answer(_ request: AppendEntries) async throws -> AppendedEntries {
        let producer = request.producer
        let state = try await self.store.state()
        let known = try await self.store.producers()[producer]
        if known != nil, self.checkpointed.isTimeToTouch(producer) {
            try await self.store.touch(producer)
        }
        let acceptsGap = known?.acceptsGap ?? (state.logEpoch > 1)
        var eventIDs: [UUID]?
        // On the word of a log that is not what was signed nothing may be removed.
        let isFit = self.standing.state == .fit
        if let asked = request.eventIDs {
            try self.standing.requireFit()
            eventIDs = asked.isEmpty ? [] : try await self.store.known(asked, of: producer)
        }
        return AppendedEntries(
            epoch: known?.epoch ?? 0, durableSequence: known?.lastSequence ?? 0,
            checkpointedSequence: isFit ? known?.checkpointedSequence ?? 0 : 0,
            treeSize: state.size, acceptsGap: acceptsGap ? true : nil, knownEventIDs: eventIDs)
    }

    /// Stores a batch and answers its calls.
    ///
    /// - Throws: ``LogFailure/fenced``; anything else is for the calls to hear, and to try again.
    private func write(
        _ batch: [AppendQueue.WaitingCall], _ writer: inout Writer?, _ known: inout KnownStates?
    ) async throws {
        do {
            try self.standing.requireFit()
            var current = try await self.opened(writer, &known)
            // Whatever happens next, only what is known to be committed is gone on from.
            writer = nil
            let outcomes = try await self.store(batch.map(\.call), &current, &known)
            writer = current
            self.hub.wake()
            for (waiting, outcome) in zip(batch, outcomes) {
                waiting.continuation.resume(with: outcome)
            }
        } catch LogFailure.fenced {
            let error = LogFailure.fenced
            self.standing.set(.replaced)
            self.logger.error("nothing more can be appended", metadata: ["error": "\(error)"])
            for waiting in batch {
                waiting.continuation.resume(throwing: RPCError.writerReplaced)
            }
            self.queue.close(.writerReplaced)
            throw error
        } catch {
            let refusal = self.refusal(error)
            for waiting in batch { waiting.continuation.resume(throwing: refusal) }
        }
    }

    /// What the calls of a batch hear; after damage the log takes nothing more.
    private func refusal(_ error: any Error) -> any Error {
        let why: String
        switch error {
        case LogFailure.damaged(let text): why = text
        case LogFailure.stateMissing: why = "\(LogFailure.stateMissing)."
        case is TileError: why = LogFailure.brokenTree.description
        default:
            self.logger.warning("a batch was not appended", metadata: ["error": "\(error)"])
            return error
        }
        self.standing.set(.unfit(why))
        self.logger.error("the log takes nothing more", metadata: ["why": "\(why)"])
        return RPCError.logBehind(why)
    }

    /// The log as it is; on the first time takes it over.
    private func opened(_ writer: Writer?, _ known: inout KnownStates?) async throws -> Writer {
        if let writer { return writer }
        let state: LogState
        if known == nil {
            state = try await self.store.takeOver()
            if let compared = self.standing.compared, !state.mayFollow(compared) {
                throw LogFailure.damaged(
                    "The database is not the one that was compared with the signer's file.")
            }
            known = KnownStates(state)
        } else {
            state = try await self.store.state()
            try known?.settle(state)
        }
        let edge = try await self.tiles.rightEdge(size: state.size, logEpoch: state.logEpoch)
        guard edge.root == state.root else { throw LogFailure.brokenTree }
        return Writer(state: state, edge: edge, producers: try await self.store.producers())
    }

    private func store(
        _ calls: [CheckedAppend], _ writer: inout Writer, _ known: inout KnownStates?
    ) async throws -> [Result<AppendedEntries, any Error>] {
        let repeated = BatchDraft.repeatedKeys(of: calls, producers: writer.producers)
        var draft = BatchDraft(
            state: writer.state, producers: writer.producers,
            storedEvents: try await self.store.events(repeated))
        let refusals = calls.map { call -> RPCError? in
            do throws(RPCError) {
                try draft.admit(call)
                return nil
            } catch {
                self.report(error, of: call)
                return error
            }
        }
        if !draft.entries.isEmpty {
            let batch = try LogBatch(draft, state: writer.state, edge: &writer.edge)
            try await self.store(batch, partitions: &writer.partitions, &known)
            writer.state = batch.after
            writer.producers = draft.producers
        }
        return zip(calls, refusals).map { call, refusal in
            if let refusal { return .failure(refusal) }
            let known = writer.producers[call.producer]
            return .success(
                AppendedEntries(
                    epoch: known?.epoch ?? 0, durableSequence: known?.lastSequence ?? 0,
                    checkpointedSequence: self.checkpointed.sequence(
                        of: call.producer, epoch: known?.epoch ?? 0,
                        atLeast: known?.checkpointedSequence ?? 0),
                    treeSize: writer.state.size))
        }
    }

    private func store(
        _ batch: LogBatch, partitions: inout Set<PayloadPartition>, _ known: inout KnownStates?
    ) async throws {
        for partition in batch.partitions.subtracting(partitions) {
            try await self.store.makePartition(partition)
            partitions.insert(partition)
        }
        known?.attempt(batch.after)
        // A partition that retention has dropped meanwhile is an error here, after which all that
        // is remembered is forgotten: the call's repetition makes it anew.
        do {
            try await self.store.store(batch)
        } catch {
            known?.fail(batch.after, with: error)
            guard error as? LogFailure == .fenced else { throw error }
            // The log is not as the last batch left it.  Where it is as a batch made it whose
            // outcome was lost, the calls come again and find what is stored.
            try known?.settle(try await self.store.state())
            throw RPCError.notRunning
        }
        known?.commit(batch.after)
    }

    private func report(_ error: RPCError, of call: CheckedAppend) {
        let isEquivocation = error.reason == RPCError.equivocation(0).reason
        self.logger.log(
            level: isEquivocation ? .error : .info,
            isEquivocation
                ? "a producer sent another event under a number that the log has"
                : "entries were refused",
            metadata: ["producer": "\(call.producer)", "error": "\(error)"])
    }
}
