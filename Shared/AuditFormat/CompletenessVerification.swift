package import AuditAPI
package import TransparencyLog

package import struct FoundationEssentials.Date

/// Verifies a proof that nothing of what a service recorded in a span of time is missing, part by
/// part, against a checkpoint that was verified.
package struct CompletenessVerification: Sendable {
    /// What a proof has shown once it has ended.
    package struct Result: Sendable, Hashable {
        /// How many entries lie between the bounds, these included.
        package let entryCount: Int
        /// The first and the last of them; `nil` if the service has recorded nothing at all.
        package let bounds: ClosedRange<Int64>?
        /// Sequences that the log has recorded as lost.
        package let lost: [ClosedRange<Int64>]
        /// Whether the span may still grow, since nothing after it is in the log yet.
        package let endsWithNewest: Bool
    }

    /// The last event that was taken.
    private struct Last {
        let logIndex: Int64
        let epoch: Int64
        let sequence: Int64
        let occurredAt: Date
    }

    private let producer: String
    private let span: ClosedRange<Date>
    private let checkpoint: Checkpoint
    private var first: Last?
    private var last: Last?
    private var entryCount = 0
    private var lost: [ClosedRange<Int64>] = []

    /// Begins a verification.
    ///
    /// - Parameter checkpoint: verified by the log's key.
    package init(producer: String, span: ClosedRange<Date>, checkpoint: Checkpoint) {
        self.producer = producer
        self.span = span
        self.checkpoint = checkpoint
    }

    /// Checks the next entry.
    ///
    /// - Throws: ``CompletenessFault``.
    package mutating func take(
        _ included: IncludedEntry, lostFrom: Int64?
    ) throws(CompletenessFault) {
        let place = "entry \(included.logIndex)"
        guard let entry = try? LogEntry(canonicalBytes: included.entry),
            let event = try? AuditEvent(bytes: entry.event)
        else {
            // What cannot be read is told as just that.
            throw CompletenessFault("\(place) is not an entry of the log.")
        }
        guard entry.producer == self.producer else {
            throw CompletenessFault("\(place) is of \(entry.producer).")
        }
        let hashes = included.hashes.compactMap { MerkleHash($0) }
        guard hashes.count == included.hashes.count, let index = UInt64(exactly: included.logIndex)
        else { throw CompletenessFault("\(place) comes with something that is no hash.") }
        do {
            try InclusionProof(
                leafIndex: index, treeSize: self.checkpoint.size, hashes: hashes
            ).verify(leafHash: .leaf(included.entry), root: self.checkpoint.root)
        } catch {
            throw CompletenessFault("\(place) is not proven to be in the log: \(error).")
        }
        try self.checkOrder(entry, at: included.logIndex, lostFrom: lostFrom)
        let taken = Last(
            logIndex: included.logIndex, epoch: entry.epoch, sequence: entry.sequence,
            occurredAt: event.occurredAt)
        self.first = self.first ?? taken
        self.last = taken
        self.entryCount += 1
    }

    /// Ends the proof.
    ///
    /// - Throws: ``CompletenessFault`` if the entries do not reach over the span.
    package func end(_ end: CompletenessEnd) throws(CompletenessFault) -> Result {
        guard let first, let last else {
            return Result(
                entryCount: 0, bounds: nil, lost: [], endsWithNewest: end.endsWithNewest)
        }
        if end.beginsWithFirst {
            guard first.sequence == 1 || self.lost.first?.lowerBound == 1 else {
                throw CompletenessFault(
                    "\(self.producer) begins with event \(first.sequence), so there are "
                        + "earlier ones.")
            }
        } else if first.occurredAt > self.span.lowerBound {
            throw CompletenessFault("The first entry lies within the span: none before is proven.")
        }
        if !end.endsWithNewest, last.occurredAt < self.span.upperBound {
            throw CompletenessFault("The last entry lies within the span: none after is proven.")
        }
        return Result(
            entryCount: self.entryCount, bounds: first.logIndex...last.logIndex, lost: self.lost,
            endsWithNewest: end.endsWithNewest)
    }

    /// Whether an entry follows the one before, but for what is recorded as lost.
    private mutating func checkOrder(
        _ entry: LogEntry, at logIndex: Int64, lostFrom: Int64?
    ) throws(CompletenessFault) {
        if let lostFrom {
            guard lostFrom < entry.sequence else {
                throw CompletenessFault("entry \(logIndex) is told to follow what it does not.")
            }
            self.lost.append(lostFrom...(entry.sequence - 1))
        }
        guard let last else { return }
        let expected = lostFrom ?? entry.sequence
        let isNext =
            entry.epoch == last.epoch
            ? last.sequence < .max && expected == last.sequence + 1
            : entry.epoch > last.epoch && expected == 1
        guard logIndex > last.logIndex, isNext else {
            throw CompletenessFault(
                "Event \(entry.sequence) of numbering \(entry.epoch) follows event "
                    + "\(last.sequence) of numbering \(last.epoch): something is missing.")
        }
    }
}

/// Why a proof of completeness does not hold.
package struct CompletenessFault: Error, Hashable, CustomStringConvertible {
    package let description: String

    init(_ description: String) { self.description = description }
}
