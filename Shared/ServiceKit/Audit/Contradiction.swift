internal import AuditAPI

/// Outbox and log cannot both be right: an operator has to decide.
struct Contradiction: Error, Hashable, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }

    /// The log has what was never given a number here.
    static func databaseIsOlder(_ producer: String, _ logHas: String, _ here: String) -> Self {
        Self(
            "The audit log has this service's events up to \(logHas), its database only up to "
                + "\(here): an older database was restored. Run steward-\(producer) "
                + "begin-audit-epoch.")
    }

    /// What is numbered and was not sent is not in the outbox.
    static func eventsAreGone(from first: Int64, to last: Int64) -> Self {
        Self(
            "The events \(first) to \(last) were numbered, the audit log does not have them, and "
                + "they are not in the outbox: somebody has removed them. Restore the database.")
    }

    /// The log asks for what was removed here because it had it.
    static func logIsOlder(_ logHas: Int64, _ firstKept: Int64?) -> Self {
        Self(
            "The audit log has this service's events up to \(logHas), and those before "
                + "\(firstKept.map(String.init) ?? "the next one") have left the outbox: an older "
                + "log was restored. Restore the log from its files; what cannot be restored is "
                + "given up with steward-audit begin-epoch.")
    }
}

extension RelayStore.Numbering {
    /// What the log has of this numbering.
    func position(in reply: AppendedEntries) -> RelayStore.LogPosition {
        guard reply.epoch == self.epoch else {
            // The log has never heard of this numbering: it begins with 1.
            return RelayStore.LogPosition(epoch: self.epoch, durable: 0, prunable: 0)
        }
        return RelayStore.LogPosition(reply)
    }

    /// Whether it goes on from what the log has said, and nobody wants it to begin anew.
    func agrees(with position: RelayStore.LogPosition) -> Bool {
        self.epoch == position.epoch && self.lastSequence >= position.durable && !self.beginsEpoch
    }

    /// In what the log and this numbering cannot both be right, if they cannot.
    func contradiction(with reply: AppendedEntries, of producer: String) -> Contradiction? {
        let durable = self.position(in: reply).durable
        if reply.epoch > self.epoch {
            return .databaseIsOlder(
                producer, "epoch \(reply.epoch)", "epoch \(self.epoch)")
        }
        if durable > self.lastSequence {
            return .databaseIsOlder(producer, "\(durable)", "\(self.lastSequence)")
        }
        if reply.acceptsGap != true, self.isGone(after: durable) {
            return .logIsOlder(durable, self.firstKept)
        }
        return nil
    }

    /// Whether what comes after a sequence was given and is here no more.
    private func isGone(after durable: Int64) -> Bool {
        durable < self.lastSequence && self.firstKept ?? .max > durable + 1
    }

    /// Where the log goes on with this numbering: behind what it has, or, where an operator has
    /// let a log that lost events go on, behind what can be sent to it no more.  The first entry
    /// that it takes then says which numbers are lost.
    func start(in reply: AppendedEntries) -> RelayStore.LogPosition {
        var position = self.position(in: reply)
        if reply.acceptsGap == true, self.isGone(after: position.durable) {
            position.durable = (self.firstKept ?? self.lastSequence + 1) - 1
        }
        return position
    }
}

extension RelayStore.LogPosition {
    /// What the log has said.
    init(_ reply: AppendedEntries) {
        self.init(
            epoch: reply.epoch, durable: reply.durableSequence,
            prunable: min(reply.checkpointedSequence, reply.durableSequence))
    }
}
