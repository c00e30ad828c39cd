internal import CPostgres
internal import DequeModule

/// The state of one connection; only touched under the lock of its `Connection`.
struct ConnectionCore: ~Copyable {
    enum Kind: Sendable {
        /// Serves short reads of many callers.
        case pipelined
        /// Serves one caller at a time.
        case exclusive
        /// Waits for notifications.
        case listener
    }

    /// A cancel request on its way to the server.
    struct Cancellation {
        let startedAt: ContinuousClock.Instant
        /// `nil` while a helper thread sends it.
        var requestEndedAt: ContinuousClock.Instant?
    }

    /// What the caller of `advance` has to do once the lock is released.
    struct Outcome {
        var finished: [(segment: Segment, outcome: Segment.Outcome)] = []
        /// Shared segments that no longer occupy the pipeline.
        var finishedReadCount = 0
        var notifications: [(channel: String, payload: String)] = []
        /// The connection has nothing to do and goes back to the pool.
        var isQuiet = false
        /// The connection was closed.
        var failure: DatabaseError?
        /// Submitted segments wait for the end of a cancel request, or for the next answer.
        var isHeld = false
        /// The server refused a change as a standby does: no connection to it is of use.
        var isUnfit = false
        var needsTickAt: ContinuousClock.Instant?
    }

    /// A segment that was handed to the connection.
    struct Submission {
        let segment: Segment
        /// Whether the connection goes back to the pool after it.
        let returnsConnection: Bool
    }

    /// How long a cancelled statement may go on before its connection is closed.
    static let cancelBound = Duration.seconds(1)

    /// Batches of reads on their way at which further reads wait for an answer: the server works on
    /// one and has the next at hand, and what gathers meanwhile costs one write instead of many.
    static let batchLimit = 2

    /// Time beyond the statement timeout after which a silent server counts as lost.
    static let stallGrace = Duration.seconds(5)

    let kind: Kind
    var handle: Handle
    var cache = StatementCache()
    var inFlight: Deque<InFlight> = []
    /// Reads to be run again, each alone: they shared a transaction with one that failed.
    var again: Deque<Segment> = []
    var isClosed = false
    var isFlushPending = false
    var sentCount: UInt64 = 0
    var flushedCount: UInt64 = 0
    /// The last segment of each batch that has not been answered whole.
    var batchEnds: Deque<UInt64> = []
    /// Submitted reads wait for the next answer.
    var isGathering = false
    var cancellation: Cancellation?
    /// The last segment has been handed over; the connection goes back when it is done.
    var returnsWhenQuiet = false
    /// The server turned out to be unfit, for instance a standby.
    var isUnfit = false
    var lastProgressAt: ContinuousClock.Instant

    init(kind: Kind, handle: consuming Handle) {
        self.kind = kind
        self.handle = handle
        self.lastProgressAt = .now
    }

    /// Does whatever can be done now: receive, send, flush.
    mutating func advance(
        reading: Bool,
        connection: Connection,
        next: () -> Submission?
    ) -> Outcome {
        var outcome = Outcome()
        let now = ContinuousClock.now
        var isBroken = false
        if !self.isClosed {
            isBroken = reading && !self.handle.consumeInput()
            isBroken = !self.receive(now: now, outcome: &outcome) || isBroken
        }
        if !isBroken {
            isBroken = !self.sendAll(
                now: now,
                connection: connection,
                outcome: &outcome,
                next: next
            )
        }
        if isBroken {
            self.fail(
                .connectionLost(self.handle.errorMessage, outcomeUnknown: false),
                outcome: &outcome
            )
        } else if !self.isClosed {
            self.settle(outcome: &outcome)
        }
        return outcome
    }

    /// Closes the connection and tells everybody who waits for it.
    mutating func fail(_ failure: DatabaseError, outcome: inout Outcome) {
        guard !self.isClosed else { return }
        self.isClosed = true
        for entry in self.inFlight {
            let wasFlushed = entry.number <= self.flushedCount
            for member in entry.members.indices {
                let lost = entry.lostOutcome(of: member, failure, wasFlushed: wasFlushed)
                outcome.finished.append((entry.members[member].segment, lost))
            }
        }
        outcome.finished += self.again.map { ($0, .failure(failure)) }
        self.inFlight = []
        self.again = []
        self.batchEnds = []
        outcome.failure = failure
    }

    /// Reports the connection as free, or closes it when it must not be used again.
    private mutating func settle(outcome: inout Outcome) {
        if self.inFlight.isEmpty, self.cancellation?.requestEndedAt != nil {
            self.cancellation = nil
        }
        outcome.isHeld = self.cancellation != nil || self.isGathering
        if self.isUnfit, self.inFlight.isEmpty, self.handle.isIdle {
            outcome.isUnfit = true
            self.fail(.unavailable("the server does not accept changes"), outcome: &outcome)
            return
        }
        guard self.returnsWhenQuiet, self.inFlight.isEmpty, self.cancellation == nil else {
            return
        }
        self.returnsWhenQuiet = false
        if self.handle.isIdle {
            outcome.isQuiet = true
        } else {
            self.fail(
                .connectionLost("a transaction was left open", outcomeUnknown: false),
                outcome: &outcome
            )
        }
    }
}
