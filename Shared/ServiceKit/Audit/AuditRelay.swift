package import AuditAPI
internal import Locks
package import Logging
package import Postgres
package import RPC
internal import ServiceLifecycle

internal import struct FoundationEssentials.UUID

/// Takes a service's audit events from its outbox to the log, in order and without a gap.
///
/// Of several instances of a service one does it at a time.  Whatever is killed, the log has each
/// event once: a sequence is committed before it is sent, the log answers after its own commit and
/// knows what it has, and an event leaves the outbox only when a signed checkpoint covers it.
package final class AuditRelay: Service {
    /// Appends to the log.
    package typealias Sink = @Sendable (AppendEntries) async throws -> AppendedEntries

    /// How things stand between the outbox and the log.
    enum Standing: Hashable, Sendable {
        /// Nothing was heard from the log yet.
        case unknown
        /// Events reach the log.
        case connected
        /// Events wait, and why: a sentence without its full stop.
        case interrupted(String)
        /// Outbox and log contradict each other: an operator must decide.
        case contradicted(String)
    }

    private let producer: String
    private let store: RelayStore
    private let gauge: OutboxGauge
    private let sink: Sink
    private let logger: Logger
    private let silenceLimit: Duration?
    private let contactInterval: Duration
    private let holder = UUID()
    private let standing = Mutex(Standing.unknown)

    /// How soon an event that was recorded here is looked for.
    private static let shortPause: Duration = .milliseconds(20)
    /// How long events gather after some were sent, unless there are more than one call takes:
    /// what a step costs the database is shared by all that it takes along.
    private static let gatheringPause: Duration = .milliseconds(100)
    /// How often other instances' events, and the log's checkpoints, are looked for.
    private static let longPause: Duration = .seconds(1)
    private static let longestRetryPause: Duration = .seconds(5)
    /// How long the log goes without a word from here.
    private static let contactInterval: Duration = .seconds(20)
    /// The same where it matters that it is there.
    private static let closeContactInterval: Duration = .seconds(1)
    private static let countInterval: Duration = .seconds(5)

    /// Makes the relay of a service's outbox.
    ///
    /// - Parameters:
    ///   - producer: the service's name.
    ///   - schema: where its outbox is.
    ///   - gauge: hears how many events wait, and when the log took what there was.
    ///   - silenceLimit: how long the service does all its work without a word from the log;
    ///     `nil` means until the outbox is full.  Only for a service of which one instance runs:
    ///     it takes over at once from one that was killed.
    package init(
        producer: String, schema: String, database: Database, gauge: OutboxGauge, logger: Logger,
        silenceLimit: Duration? = nil, sink: @escaping Sink
    ) {
        self.producer = producer
        self.store = RelayStore(
            database: database, schema: schema, isAlone: silenceLimit != nil)
        self.gauge = gauge
        self.silenceLimit = silenceLimit
        self.contactInterval =
            silenceLimit == nil ? Self.contactInterval : Self.closeContactInterval
        self.sink = sink
        self.logger = logger
    }

    /// What a health report says of the way to the log.
    package var health: DependencyHealth {
        let isFull = self.gauge.isFull
        let isAway = self.silenceLimit.map { self.gauge.isSilent(beyond: $0) } ?? false
        let message: String? =
            switch self.standing.withLock({ $0 }) {
            case .contradicted(let reason): reason
            case .interrupted(let reason) where isFull:
                "\(reason). The outbox is full: changes are refused."
            case .interrupted(let reason): "\(reason). \(self.gauge.depth) events wait."
            case .unknown, .connected:
                isAway ? RPCError.auditLogAway(self.gauge.silence).message : nil
            }
        return DependencyHealth(name: "audit", isReady: !isFull && !isAway, message: message)
    }

    package func run() async throws {
        await cancelWhenGracefulShutdown {
            await withTaskGroup { group in
                group.addTask { await self.relay() }
                group.addTask { await self.countNowAndThen() }
            }
        }
        // Where this fails, the lease ends by itself.
        try? await self.store.release(holder: self.holder)
    }

    /// Until cancelled, or an operator has to decide.
    private func relay() async {
        var progress = Progress()
        var failureCount = 0
        while !Task.isCancelled {
            let wasGreeted = progress.position != nil
            do {
                let step = try await self.advance(&progress)
                // A log that only says how far it is may still refuse what it is sent.
                if wasGreeted {
                    if failureCount > 0 { self.logger.info("events reach the audit log again") }
                    failureCount = 0
                }
                switch step {
                case .idle: await self.waitForNew()
                // Cancelled only when the service stops, which ends the loop.
                case .sentSome: try? await Task.sleep(for: Self.gatheringPause)
                case .hasMore: break
                }
            } catch {
                guard !Task.isCancelled else { return }
                progress.position = nil
                progress.isRefused = wasGreeted
                await self.pause(after: error, failureCount: failureCount)
                failureCount += 1
            }
        }
    }

    /// What this instance knows of the way to the log.
    private struct Progress {
        /// How far the log has this producer's events; `nil` until it has said so.
        var position: RelayStore.LogPosition?
        /// Whether events that the log has are still here.
        var awaitsCheckpoint = false
        /// Whether the log has just said how far it is, and nothing was sent since.
        var isGreeted = false
        /// Whether the log did not take what it was sent last.
        var isRefused = false
        /// When the log was spoken to last.
        var lastContact = ContinuousClock.now
    }

    /// What is to be done after a step.
    private enum Step {
        /// Nothing is there to send.
        case idle
        /// What was there is sent.
        case sentSome
        /// There may be more to do at once.
        case hasMore
    }

    /// One step.
    private func advance(_ progress: inout Progress) async throws -> Step {
        guard let position = progress.position else {
            guard let numbering = try await self.numbering(at: nil) else {
                // How it stands the other instance tells.
                self.standing.withLock { $0 = .unknown }
                return .idle
            }
            return try await self.greet(numbering, &progress)
        }
        // While something waits for its checkpoint a step is due anyway.
        var isDue = progress.awaitsCheckpoint
        if !isDue { isDue = try await self.store.hasNew() }
        guard isDue else {
            // A service without news says so now and then, or the log would think that it is gone.
            if progress.lastContact.duration(to: .now) >= self.contactInterval {
                progress.position = nil
                return .hasMore
            }
            progress.isRefused = false
            self.standing.withLock { $0 = .connected }
            return .idle
        }
        guard let numbering = try await self.numbering(at: position),
            numbering.agrees(with: position)
        else {
            progress.position = nil
            return .idle
        }
        progress.awaitsCheckpoint = numbering.firstKept != nil
        guard progress.awaitsCheckpoint else { return .idle }
        let next = numbering.entries.first?.sequence ?? numbering.lastSequence + 1
        if next != position.durable + 1 {
            guard !progress.isGreeted else {
                throw Contradiction.eventsAreGone(from: position.durable + 1, to: next - 1)
            }
            // Another instance was at it meanwhile.
            progress.position = nil
            return .hasMore
        }
        progress.isGreeted = false
        let asked = ContinuousClock.now
        let reply = try await self.sink(
            AppendEntries(
                producer: self.producer, epoch: numbering.epoch, entries: numbering.entries))
        if reply.epoch > numbering.epoch || reply.durableSequence > numbering.lastSequence {
            // Another instance was at it meanwhile, or else greeting the log tells what is wrong.
            progress.position = nil
            return .idle
        }
        progress.lastContact = .now
        // Nothing was sent to a log that still waits for what comes after its gap.
        if numbering.entries.isEmpty, reply.acceptsGap == true { return .idle }
        let sent = numbering.entries.last?.sequence ?? position.durable
        guard reply.epoch == numbering.epoch, reply.durableSequence >= sent else {
            throw Contradiction(
                "The audit log took events up to \(sent) of epoch \(numbering.epoch) and says that "
                    + "it has \(reply.durableSequence) of epoch \(reply.epoch).")
        }
        progress.position = RelayStore.LogPosition(reply)
        progress.isRefused = false
        self.gauge.heardLog(at: asked)
        self.standing.withLock { $0 = .connected }
        guard !numbering.entries.isEmpty else { return .idle }
        return sent < numbering.lastSequence || numbering.isFull ? .hasMore : .sentSome
    }

    private func numbering(
        at position: RelayStore.LogPosition?
    ) async throws -> RelayStore.Numbering? {
        try await self.store.step(holder: self.holder, at: position)
    }

    /// Asks the log how far it has this producer's events, and checks that both agree.
    private func greet(
        _ numbering: RelayStore.Numbering, _ progress: inout Progress
    ) async throws -> Step {
        let asked = ContinuousClock.now
        let reply = try await self.sink(
            AppendEntries(producer: self.producer, epoch: numbering.epoch, entries: []))
        var current = numbering
        if numbering.beginsEpoch {
            let position = numbering.position(in: reply)
            guard reply.checkpointedSequence >= reply.durableSequence else {
                self.standing.withLock {
                    $0 = .interrupted("The numbering begins anew after the log's next checkpoint")
                }
                return .idle
            }
            try await self.store.returnBatches(holder: self.holder)
            try await self.removeRepetitions(epoch: numbering.epoch)
            try await self.store.beginEpoch(
                holder: self.holder, after: position, logEpoch: reply.epoch)
            guard let renumbered = try await self.numbering(at: nil) else { return .hasMore }
            current = renumbered
        }
        if let contradiction = current.contradiction(with: reply, of: self.producer) {
            throw contradiction
        }
        progress.position = current.start(in: reply)
        progress.awaitsCheckpoint = current.firstKept != nil
        progress.isGreeted = true
        progress.lastContact = .now
        // One that answers may still refuse what it is sent: then it must take something first.
        if !progress.isRefused { self.gauge.heardLog(at: asked) }
        return .hasMore
    }

    /// Removes from the outbox what the log has already, before the numbering begins anew.
    ///
    /// A restored outbox has events that were not numbered when it was saved, and were sent since.
    /// Under new numbers the log could not tell them from new ones, so the rule is: when a
    /// numbering begins anew the log is asked for every event that is here, by its id, and only
    /// those get a number that it does not have.  So each event is in the log once and no number
    /// is given in vain.  What the log has is covered by a checkpoint then, and never asked for
    /// again.
    private func removeRepetitions(epoch: Int64) async throws {
        var last: UUID?
        while true {
            let ids = try await self.store.eventIDs(after: last)
            guard let end = ids.last else { return }
            let reply = try await self.sink(
                AppendEntries(
                    producer: self.producer, epoch: epoch, entries: [], eventIDs: ids))
            guard let known = reply.knownEventIDs else {
                throw Contradiction(
                    "The audit log does not say which events it has, so that they cannot be "
                        + "numbered anew: it is older than this service. Upgrade it.")
            }
            if !known.isEmpty { try await self.store.remove(known, holder: self.holder) }
            last = end
        }
    }

    private func waitForNew() async {
        let end = ContinuousClock.now + Self.longPause
        while ContinuousClock.now < end, !Task.isCancelled, !self.gauge.takeUnread() {
            // Cancelled only when the service stops, which ends the loop.
            try? await Task.sleep(for: Self.shortPause)
        }
        // The change that the event was recorded with is committed in a moment.
        try? await Task.sleep(for: Self.shortPause)
    }

    private func pause(after error: any Error, failureCount: Int) async {
        let isContradiction = error is Contradiction
        self.standing.withLock {
            $0 = isContradiction ? .contradicted("\(error)") : .interrupted(Self.reason(error))
        }
        // Said once per outage, and again when it lasts.
        let level: Logger.Level =
            failureCount.isMultiple(of: 60) ? (isContradiction ? .error : .warning) : .debug
        self.logger.log(
            level: level, "events do not reach the audit log",
            metadata: ["error": "\(error)", "waiting": "\(self.gauge.depth)"])
        let ceiling = min(
            Duration.milliseconds(50 << min(failureCount, 8)), Self.longestRetryPause)
        // Cancelled only when the service stops, which ends the loop.
        try? await Task.sleep(for: ceiling * Double.random(in: 0.5...1))
    }

    /// Why events wait, as far as a health report may tell.
    private static func reason(_ error: any Error) -> String {
        guard let error = error as? RPCError else { return "Events cannot leave the outbox" }
        switch error.code {
        case .unavailable, .deadlineExceeded: return "The audit log is unreachable"
        default:
            let endsWithStop = error.message.hasSuffix(".")
            return "The audit log takes no events: \(error.message.dropLast(endsWithStop ? 1 : 0))"
        }
    }

    private func countNowAndThen() async {
        while !Task.isCancelled {
            let recorded = self.gauge.recorded
            // Without a count the gauge goes on from the last one.
            if let count = try? await self.store.count(atMost: self.gauge.limit + 1) {
                self.gauge.set(counted: count, at: recorded)
            }
            // Cancelled only when the service stops, which ends the loop.
            try? await Task.sleep(for: Self.countInterval)
        }
    }
}
