internal import RPC

/// What the methods refuse, each with its stable reason.
extension RPCError {
    /// There is no such entry, or no such epoch of the log.
    static let entryNotFound = RPCError(
        .notFound, reason: "audit.not_found", message: "The log has no such entry.")

    /// A place in the log that it has not reached.
    static func positionAhead(size: Int64) -> RPCError {
        RPCError(
            .outOfRange, reason: "audit.position_ahead",
            message: "The log has not reached this place.", details: ["size": String(size)])
    }

    /// What is stored cannot be read: somebody has changed it.
    static func entryUnreadable(logEpoch: Int64, logIndex: Int64) -> RPCError {
        RPCError(
            .dataLoss, reason: "audit.entry_unreadable",
            message: "The entry \(logIndex) of epoch \(logEpoch) cannot be read: check the log.",
            details: ["logEpoch": String(logEpoch), "logIndex": String(logIndex)])
    }

    /// Somebody asks about others without the permission to.
    static let othersNotPermitted = RPCError(
        .permissionDenied, reason: "rpc.permission_missing",
        message: "To ask about others needs the permission audit:read.",
        details: ["permission": "audit:read"])

    /// Somebody reports more than a person does.
    static let tooManyActivities = RPCError(
        .resourceExhausted, reason: "audit.too_many_activities",
        message: "More activities are reported than a person does.",
        retry: .after(.seconds(10)))

    /// Somebody else has the log checked at the moment.
    static let checkRunning = RPCError(
        .resourceExhausted, reason: "audit.check_running",
        message: "The log is being checked already: one check runs at a time.",
        retry: .after(.seconds(5)))

    /// The caller has left the check waiting for too long.
    static let checkNotTaken = RPCError(
        .aborted, reason: "audit.check_not_taken",
        message: "The check was given up: what it found was not taken for too long, and others "
            + "may want to check the log.", retry: .ifRepeatable)

    /// The check has taken longer than the caller waits.
    static let checkTooLong = RPCError(
        .deadlineExceeded, reason: "rpc.deadline_exceeded",
        message: "The check of the log was not done in time.")

    /// Nothing was signed yet.
    static let noCheckpoint = RPCError(
        .failedPrecondition, reason: "audit.no_checkpoint",
        message: "The log has no signed checkpoint yet.", retry: .after(.seconds(1)))

    /// The entry is there, but under no checkpoint that could prove it.
    static let notProven = RPCError(
        .failedPrecondition, reason: "audit.not_proven",
        message: "No checkpoint that fits what is stored covers this.")

    /// A process names a producer that it is not.
    static let producerNotCaller = RPCError(
        .permissionDenied, reason: "audit.producer_not_caller",
        message: "Only the service itself appends its events.")

    /// More waits to be appended than may wait.
    static let busy = RPCError(
        .resourceExhausted, reason: "audit.busy",
        message: "Too many events wait to be appended.", retry: .after(.milliseconds(200)))

    /// The service stops, or has not begun.
    static let notRunning = RPCError(
        .unavailable, reason: "audit.not_running",
        message: "The log takes no events at the moment.", retry: .after(.milliseconds(500)))

    /// Another process appends to this log now.
    static let writerReplaced = RPCError(
        .unavailable, reason: "audit.writer_replaced",
        message: "Another process appends to this log now.", retry: .after(.seconds(1)))

    /// A field whose value is not allowed.
    static func invalid(_ field: String, _ message: String) -> RPCError {
        RPCError(
            .invalidArgument, reason: "audit.field_invalid", message: "\(field): \(message)",
            details: ["field": field])
    }

    /// An entry that is not what it should be.
    static func entryInvalid(_ sequence: Int64, _ message: String) -> RPCError {
        RPCError(
            .invalidArgument, reason: "audit.entry_invalid",
            message: "Entry \(sequence): \(message)", details: ["sequence": String(sequence)])
    }

    /// Entries are missing before the first one of a call.
    static func sequenceGap(expected: Int64, epoch: Int64) -> RPCError {
        RPCError(
            .outOfRange, reason: "audit.sequence_gap",
            message: "The log expects the entry \(expected) first.",
            details: ["expectedSequence": String(expected), "epoch": String(epoch)])
    }

    /// A numbering that is neither the current one nor the next.
    static func epochRefused(known: Int64) -> RPCError {
        RPCError(
            .failedPrecondition, reason: "audit.epoch_refused",
            message: "The producer's numbering is neither the current one nor a new one.",
            details: ["epoch": String(known)])
    }

    /// Two different events under one number.
    static func equivocation(_ sequence: Int64) -> RPCError {
        RPCError(
            .dataLoss, reason: "audit.equivocation",
            message: "The log has another event under the number \(sequence).",
            details: ["sequence": String(sequence)])
    }

    /// A number that was given up as lost.
    static func sequenceLost(_ sequence: Int64) -> RPCError {
        RPCError(
            .failedPrecondition, reason: "audit.sequence_lost",
            message: "The number \(sequence) was recorded as lost.",
            details: ["sequence": String(sequence)])
    }

    /// What is stored is not what was signed.
    static func logBehind(_ why: String) -> RPCError {
        RPCError(
            .failedPrecondition, reason: "audit.log_behind",
            message: "The log takes no events: \(why)", retry: .after(.seconds(30)))
    }
}
