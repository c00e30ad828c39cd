package import AuditAPI

/// Checks that each producer's events are in the log in their order, without a gap but for what
/// the log says is lost.
package struct SequenceCheck: Sendable {
    /// Where each producer stands.
    package private(set) var last: [String: ProducerPlace] = [:]
    /// What the log says is lost of each producer's events.
    package private(set) var lost: [String: [ClosedRange<Int64>]] = [:]
    /// The first entry of each producer, where it says what it follows.
    package private(set) var firsts: [String: LogEntry] = [:]
    private let mayBeginAnywhere: Bool

    /// Begins before the first entry.
    ///
    /// - Parameter mayBeginAnywhere: whether a producer's first event may have any number, as in a
    ///   log that goes on from an earlier one.
    package init(mayBeginAnywhere: Bool) { self.mayBeginAnywhere = mayBeginAnywhere }

    /// Takes the next entry.
    ///
    /// - Returns: what is wrong with its number, a sentence each.
    package mutating func take(_ entry: LogEntry) -> [String] {
        let before = self.last.updateValue(entry.place, forKey: entry.producer)
        if let lost = entry.lost { self.lost[entry.producer, default: []].append(lost) }
        var texts: [String] = []
        if entry.lostFrom != nil, !self.mayBeginAnywhere {
            texts.append("It says that events are lost, in a log that never lost any.")
        }
        if before == nil, entry.saysWhatItFollows { self.firsts[entry.producer] = entry }
        if entry.followsEarlierLog == true, !self.mayBeginAnywhere {
            texts.append("It says that it follows an earlier epoch of the log, which has none.")
        }
        if let text = entry.orderFault(after: before) { texts.append(text) }
        if let text = self.fault(in: entry, after: before) { texts.append(text) }
        return texts
    }

    private func fault(in entry: LogEntry, after before: ProducerPlace?) -> String? {
        let step = ProducerPlace.step(from: before, to: entry.place)
        guard let before else {
            return self.mayBeginAnywhere || step == .follows
                ? nil : "\(entry.producer) begins with event \(entry.sequence)."
        }
        switch step {
        case .follows where entry.lostFrom == nil: return nil
        case .misses(let missing) where entry.lost == missing: return nil
        case .follows, .misses, .goesBack: break
        }
        let numbering =
            entry.epoch == before.epoch
            ? "" : " of numbering \(entry.epoch) after numbering \(before.epoch)"
        let text = "\(entry.producer) has event \(entry.sequence) after \(before.sequence)"
        return text + numbering + "."
    }
}
