package import AuditAPI

/// A place in a producer's numbering, and the one rule of how it goes on.
///
/// A numbering begins with 1 and goes on by 1; a new numbering has a higher number than the one
/// before.  Numbers may be missing only where the log says that they are lost: the entry behind
/// them names the first of them in ``LogEntry/lostFrom``.
package struct ProducerPlace: Hashable, Sendable {
    /// Which of its numberings.
    package let epoch: Int64
    /// Which event of it, from 1.
    package let sequence: Int64

    /// Names a place.
    package init(epoch: Int64, sequence: Int64) {
        self.epoch = epoch
        self.sequence = sequence
    }

    /// How an entry stands to the one of its producer before it.
    package enum Step: Hashable, Sendable {
        /// It follows.
        case follows
        /// These numbers of its numbering are missing before it.
        case misses(ClosedRange<Int64>)
        /// Its number was given before, or lies before one that was.
        case goesBack
    }

    /// The step from one place of a producer to the next.
    ///
    /// - Parameter last: the place before; `nil` if it is the producer's first.
    package static func step(from last: ProducerPlace?, to next: ProducerPlace) -> Step {
        var missing: Int64 = 1
        if let last {
            guard (next.epoch, next.sequence) > (last.epoch, last.sequence) else {
                return .goesBack
            }
            // What is greater than the last is not the greatest there is.
            if next.epoch == last.epoch { missing = last.sequence + 1 }
        }
        guard next.sequence >= missing else { return .goesBack }
        return next.sequence == missing ? .follows : .misses(missing...(next.sequence - 1))
    }
}

extension LogEntry {
    /// Its place in its producer's numbering.
    package var place: ProducerPlace {
        ProducerPlace(epoch: self.epoch, sequence: self.sequence)
    }

    /// The numbers before it that it says are lost.
    package var lost: ClosedRange<Int64>? {
        guard let first = self.lostFrom, first < self.sequence else { return nil }
        return first...(self.sequence - 1)
    }
}
