internal import Postgres

/// The states that the log can be in by what this process has done: as after the last batch that is
/// known to be committed, or as after one whose outcome was lost on the way.
///
/// Any other state is somebody else's doing: another writer's, or that of whoever has put another
/// database in the place of this one.
struct KnownStates: Sendable {
    private(set) var committed: LogState
    /// Batches that may be committed by now, or still may come to be, the oldest first.
    private(set) var attempted: [LogState] = []

    /// How many batches of unknown outcome are remembered; protects the process's memory.  Each is
    /// a connection that was lost, and what comes of one that so many others followed is told as
    /// somebody else's doing.
    static let limit = 64

    /// Begins with the state in which the log was taken over.
    init(_ state: LogState) { self.committed = state }

    /// Notes what a batch will make of the log.
    mutating func attempt(_ state: LogState) {
        if self.attempted.count >= Self.limit { self.attempted.removeFirst() }
        self.attempted.append(state)
    }

    /// Notes that a batch failed: if the database has undone it, nothing comes of it any more.
    mutating func fail(_ state: LogState, with error: any Error) {
        let isUndone =
            error as? LogFailure == .fenced
            || (error as? DatabaseError)?.commitOutcomeUnknown == false
        if isUndone { self.attempted.removeAll { $0 == state } }
    }

    /// Notes that a batch is committed, after which no other one of those attempted can be.
    mutating func commit(_ state: LogState) {
        self.committed = state
        self.attempted = []
    }

    /// Goes on from a state that was read.
    ///
    /// - Throws: ``LogFailure/fenced`` if a later writer has taken over;
    ///   ``LogFailure/damaged(_:)`` if no writer can have brought the log into this state.
    mutating func settle(_ found: LogState) throws {
        if found == self.committed { return }
        if self.attempted.contains(found) { return self.commit(found) }
        if found.writerTerm > self.committed.writerTerm { throw LogFailure.fenced }
        throw LogFailure.damaged(
            "The database has \(found.size) entries of epoch \(found.logEpoch), not the "
                + "\(self.committed.size) of epoch \(self.committed.logEpoch) that this process "
                + "left there: another database was put in its place.")
    }
}
