package import AuditAPI

/// Checks that each producer's events are in the log in their order, without a gap.
package struct SequenceCheck: Sendable {
    /// A place in a producer's numbering.
    package struct Place: Hashable, Sendable {
        /// Which of its numberings.
        package let epoch: Int64
        /// Which event of it, from 1.
        package let sequence: Int64
    }

    /// Where each producer stands.
    package private(set) var last: [String: Place] = [:]
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
        let place = Place(epoch: entry.epoch, sequence: entry.sequence)
        let before = self.last.updateValue(place, forKey: entry.producer)
        guard let before else {
            return self.mayBeginAnywhere || place.sequence == 1
                ? [] : ["\(entry.producer) begins with event \(place.sequence)."]
        }
        if place.epoch == before.epoch, place.sequence > before.sequence,
            place.sequence - 1 == before.sequence
        { return [] }
        if place.epoch > before.epoch, place.sequence == 1 { return [] }
        let numbering =
            place.epoch == before.epoch
            ? "" : " of numbering \(place.epoch) after numbering \(before.epoch)"
        let text = "\(entry.producer) has event \(place.sequence) after \(before.sequence)"
        return [text + numbering + "."]
    }
}
