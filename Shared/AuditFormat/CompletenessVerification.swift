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
        /// Whether the first entry goes on from one in an earlier epoch of the log, where more of
        /// the span may be.
        package let continuesEarlierEpoch: Bool
        /// The event in an earlier epoch of the log that the first one goes on from, as that says;
        /// `nil` if there is none, and where old entries do not say so.
        package var follows: ProducerPlace?
    }

    /// An event that was taken.
    private struct Taken {
        let logIndex: Int64
        let place: ProducerPlace
        let occurredAt: Date
    }

    private let producer: String
    private let span: ClosedRange<Date>
    private let checkpoint: Checkpoint
    private let logEpoch: Int64
    private var first: Taken?
    private var firstEntry: LogEntry?
    private var last: Taken?
    private var entryCount = 0
    private var lost: [ClosedRange<Int64>] = []

    /// Begins a verification.
    ///
    /// - Parameters:
    ///   - checkpoint: verified by the log's key.
    ///   - logEpoch: which epoch of the log it is of.
    package init(
        producer: String, span: ClosedRange<Date>, checkpoint: Checkpoint, logEpoch: Int64
    ) {
        self.logEpoch = logEpoch
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
        let taken = Taken(
            logIndex: included.logIndex, place: entry.place,
            occurredAt: entry.countedTime(of: event.occurredAt))
        if self.first == nil {
            self.first = taken
            self.firstEntry = entry
        }
        self.last = taken
        self.entryCount += 1
    }

    /// Ends the proof.
    ///
    /// That nothing newer is held back, and that a service without entries has none, follows from
    /// what the checkpoint says of each producer; see ``CheckpointProducers``.
    ///
    /// - Throws: ``CompletenessFault`` if the entries do not reach over the span.
    package func end(_ end: CompletenessEnd) throws(CompletenessFault) -> Result {
        guard let first, let last else {
            guard try self.newest() == nil else {
                throw CompletenessFault(
                    "The log has events of \(self.producer), and none came with the proof.")
            }
            return Result(
                entryCount: 0, bounds: nil, lost: [], endsWithNewest: true,
                continuesEarlierEpoch: self.logEpoch > 1)
        }
        if end.beginsWithFirst {
            let isFirstOfAll = first.place == ProducerPlace(epoch: 1, sequence: 1)
            guard self.logEpoch > 1 || isFirstOfAll else {
                throw CompletenessFault(
                    "\(self.producer) begins with event \(first.place.sequence) of its numbering "
                        + "\(first.place.epoch), so there are earlier ones.")
            }
            guard let firstEntry, firstEntry.saysWhatItFollows else {
                // Where a later epoch of the log goes on with a producer, old entries do not say.
                return try self.result(
                    first, last, end, continuesEarlierEpoch: !isFirstOfAll, follows: nil)
            }
            guard firstEntry.saysItBegins, self.logEpoch > 1 || firstEntry.follows == nil else {
                throw CompletenessFault(
                    "\(self.producer) begins with \(first.place), which does not say that none "
                        + "is before it: earlier ones are held back.")
            }
            return try self.result(
                first, last, end, continuesEarlierEpoch: firstEntry.follows != nil,
                follows: firstEntry.follows)
        } else if first.occurredAt > self.span.lowerBound {
            throw CompletenessFault("The first entry lies within the span: none before is proven.")
        }
        return try self.result(first, last, end, continuesEarlierEpoch: false, follows: nil)
    }

    /// What was shown, once the end of the span is shown too.
    private func result(
        _ first: Taken, _ last: Taken, _ end: CompletenessEnd, continuesEarlierEpoch: Bool,
        follows: ProducerPlace?
    ) throws(CompletenessFault) -> Result {
        if end.endsWithNewest {
            let newest = try self.newest()
            guard newest == last.place else {
                throw CompletenessFault(
                    "The proof ends with event \(last.place.sequence), but the newest of "
                        + "\(self.producer) is \(newest?.sequence ?? 0): something is held back.")
            }
        } else if last.occurredAt < self.span.upperBound {
            throw CompletenessFault("The last entry lies within the span: none after is proven.")
        }
        return Result(
            entryCount: self.entryCount, bounds: first.logIndex...last.logIndex, lost: self.lost,
            endsWithNewest: end.endsWithNewest, continuesEarlierEpoch: continuesEarlierEpoch,
            follows: follows)
    }

    /// The newest event under the checkpoint, as that says; `nil` if it says that there is none.
    private func newest() throws(CompletenessFault) -> ProducerPlace? {
        let producers = CheckpointProducers(self.checkpoint)
        guard !producers.last.isEmpty else {
            throw CompletenessFault(
                "The checkpoint does not say what the newest event of \(self.producer) is.")
        }
        return producers.last[self.producer]
    }

    /// Whether an entry follows the one before, but for what is recorded as lost.
    private mutating func checkOrder(
        _ entry: LogEntry, at logIndex: Int64, lostFrom: Int64?
    ) throws(CompletenessFault) {
        // Entries of version 1 do not say so themselves.
        guard entry.version == 1 || lostFrom == entry.lostFrom else {
            throw CompletenessFault(
                "What is said to be lost before entry \(logIndex) is not what the entry says.")
        }
        var missing: ClosedRange<Int64>?
        if let lostFrom {
            guard self.logEpoch > 1 else {
                throw CompletenessFault(
                    "entry \(logIndex) is told to follow lost ones, and this log has lost none.")
            }
            guard lostFrom > 0, lostFrom < entry.sequence else {
                throw CompletenessFault("entry \(logIndex) is told to follow what it does not.")
            }
            missing = lostFrom...(entry.sequence - 1)
        }
        if let missing { self.lost.append(missing) }
        guard let last else { return }
        if let text = entry.orderFault(after: last.place) {
            throw CompletenessFault("entry \(logIndex): \(text) Something is missing.")
        }
        let step = ProducerPlace.step(from: last.place, to: entry.place)
        let isNext = missing.map { step == .misses($0) } ?? (step == .follows)
        guard logIndex > last.logIndex, isNext else {
            throw CompletenessFault(
                "Event \(entry.sequence) of numbering \(entry.epoch) follows event "
                    + "\(last.place.sequence) of numbering \(last.place.epoch): something is "
                    + "missing.")
        }
    }
}

/// Why a proof of completeness does not hold.
package struct CompletenessFault: Error, Hashable, CustomStringConvertible {
    package let description: String

    init(_ description: String) { self.description = description }
}
