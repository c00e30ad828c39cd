package import AuditAPI

extension LogEntry {
    /// Whether it says which entry of its producer it follows, where its number does not say so.
    package var saysWhatItFollows: Bool { self.version >= 3 }

    /// The entry of its producer that it says it follows; `nil` where its number says so, and if
    /// there is none.
    package var follows: ProducerPlace? {
        guard let epoch = self.followsEpoch, let sequence = self.followsSequence else { return nil }
        return ProducerPlace(epoch: epoch, sequence: sequence)
    }

    /// Whether it says that it is its producer's first in its epoch of the log.
    ///
    /// Such an entry names the one in an earlier epoch that it goes on from.  The first one that
    /// the log has of a producer at all names none, and has no number before that is not lost.
    package var saysItBegins: Bool {
        guard self.follows == nil else { return self.followsEarlierLog == true }
        return self.sequence == 1 || self.lostFrom == 1
    }

    /// What is wrong with what it says it follows; `nil` if nothing is.
    ///
    /// So the end of a numbering is hashed as well: the first entry of the next names it, and the
    /// first of a producer in an epoch of the log names the last before that.
    ///
    /// - Parameter last: the producer's entry before it in the same epoch of the log; `nil` if
    ///   there is none.
    package func orderFault(after last: ProducerPlace?) -> String? {
        guard self.saysWhatItFollows else { return nil }
        guard let last else {
            return self.follows == nil || self.followsEarlierLog == true
                ? nil : "\(self.claim), and none is before it."
        }
        let expected = last.epoch == self.epoch ? nil : last
        return self.follows == expected && self.followsEarlierLog == nil
            ? nil : "\(self.claim), and the entry before it is \(last.description)."
    }

    private var claim: String {
        self.follows.map { "It says that it follows \($0.description)" }
            ?? "It says that it follows the number before"
    }
}

extension ProducerPlace: CustomStringConvertible {
    package var description: String { "event \(self.sequence) of numbering \(self.epoch)" }
}
