internal import Locks
package import RPC

/// Knows about how many events wait in the outbox, who still finds room there, and when the log
/// last took what there was.
///
/// The number is counted now and then and goes up with every event recorded in between, also with
/// those whose change is undone: it may be too high for a while.  It is too low only by what other
/// instances of the service recorded since the last count, and by what was on its way to the
/// database when that was taken.
package final class OutboxGauge: Sendable {
    private struct State {
        var counted = 0
        /// Since the process began.
        var recorded = 0
        /// How much of ``recorded`` is in ``counted``.
        var recordedThen = 0
        var isUnread = false
        var heardAt: ContinuousClock.Instant?

        var depth: Int { self.counted + self.recorded - self.recordedThen }
    }

    /// The most events that may wait.
    package let limit: Int
    private let state = Mutex(State())

    /// Makes a gauge; `limit` is at least 10.
    package init(limit: Int) { self.limit = max(limit, 10) }

    /// About how many events wait.
    package var depth: Int { self.state.withLock { $0.depth } }

    /// Whether changes by known callers are refused.
    package var isFull: Bool { self.depth >= self.room(for: .ordinary) }

    /// How many events may wait before one of this priority is refused.
    package func room(for priority: AuditPriority) -> Int {
        switch priority {
        case .denial: self.limit / 2
        case .ordinary: self.limit - self.limit / 10
        case .repair: self.limit
        }
    }

    /// Takes room for an event.
    ///
    /// - Throws: `audit.outbox_full`.
    package func take(_ priority: AuditPriority) throws(RPCError) {
        let hasRoom = self.state.withLock { state in
            guard state.depth < self.room(for: priority) else { return false }
            state.recorded += 1
            state.isUnread = true
            return true
        }
        guard hasRoom else { throw .auditOutboxFull }
    }

    /// How many events were recorded; to be read before a count begins, because what is recorded
    /// while it lasts is not in it.
    var recorded: Int { self.state.withLock { $0.recorded } }

    /// Sets the number to what was counted.
    ///
    /// - Parameter recorded: ``recorded`` as it was before the count; `nil` means as it is now.
    package func set(counted: Int, at recorded: Int? = nil) {
        self.state.withLock { state in
            state.counted = counted
            state.recordedThen = recorded ?? state.recorded
        }
    }

    /// For how long the log has not been known to take what is here; `nil` if it never was.
    var silence: Duration? {
        self.state.withLock { $0.heardAt }.map { $0.duration(to: .now) }
    }

    /// Notes that the log took what there was.
    ///
    /// - Parameter instant: when it was asked.
    package func heardLog(at instant: ContinuousClock.Instant) {
        self.state.withLock { $0.heardAt = instant }
    }

    /// Whether events were recorded since this was last asked.
    func takeUnread() -> Bool {
        self.state.withLock { state in
            defer { state.isUnread = false }
            return state.isUnread
        }
    }
}

extension RPCError {
    /// The room for events that wait for the audit log is used up.
    ///
    /// Nobody is to wait for it to be emptied: the caller hears of it at once.
    static let auditOutboxFull = RPCError(
        .unavailable, reason: "audit.outbox_full",
        message:
            "The audit log has taken no events for so long that nothing more can be recorded: "
            + "changes are refused until it takes them again.")

    /// The log is not known to take events at this moment.
    static func auditLogAway(_ silence: Duration?) -> RPCError {
        let since =
            silence.map { "for \($0.components.seconds) s" } ?? "since this service was started"
        return RPCError(
            .unavailable, reason: "audit.log_away",
            message: "The audit log has taken no events \(since): what must be seen there is "
                + "refused until it takes them again.",
            retry: .after(.seconds(1)))
    }
}
