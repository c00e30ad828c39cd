package import AuditAPI
package import TransparencyLog

internal import struct FoundationEssentials.Data

/// Verifies a whole log from the entries as they are stored, against what the log has signed.
///
/// Entries are taken one after the other; memory grows with the producers and, by 32 bytes, with
/// every 256 entries.
package struct LogVerification: Sendable {
    /// What the log has signed, verified.
    package let checkpoint: Checkpoint
    /// How many entries were taken.
    package private(set) var checkedCount: UInt64 = 0
    /// The first ``faultLimit`` of what is wrong, in the order of the log.
    package private(set) var faults: [LogFault] = []
    /// How much is wrong in all.
    package private(set) var faultCount = 0
    /// How many payloads are the ones that were recorded.
    package private(set) var payloadCount = 0
    /// How many entries had a payload that did not come with them: not asked for, erased, expired.
    package private(set) var absentPayloadCount = 0
    /// Where each producer's numbering stands.
    package var producers: [String: ProducerPlace] { self.sequences.last }
    /// What the log says is lost of each producer's events.
    package var lost: [String: [ClosedRange<Int64>]] { self.sequences.lost }
    /// What the first entry of each producer says it follows in earlier epochs of the log; `nil` in
    /// it for a producer of whom that says there is none.  Entries of old versions do not say so.
    package var continued: [String: ProducerPlace?] { self.sequences.firsts.mapValues(\.follows) }
    /// What the first entry says of the epoch before.
    package private(set) var link: EpochLink?

    /// How many faults are kept: protects the reader of a log that is wrong throughout.
    package static let faultLimit = 100
    /// How many entries lie between two places of which the root is remembered.
    package static let stride: UInt64 = 256

    /// The roots that the log had as each ``stride`` was full, by its number from 1.
    package private(set) var roots: [MerkleHash] = []

    private let older: Checkpoint?
    private var sequences: SequenceCheck
    /// Of the entries' hashes, which make the root.
    private var entryTree = CompactRange()
    /// Of the hashes that are stored beside them.
    private var storedTree = CompactRange()
    private var next: UInt64 = 0
    private var hasAllEntries = true

    /// Begins with the first entry.
    ///
    /// - Parameters:
    ///   - logEpoch: which epoch it is, from 1; in the first every producer begins with 1.
    ///   - checkpoint: what the log has signed, verified.
    ///   - older: an earlier checkpoint of the same epoch, verified, of which the log must be a
    ///     continuation.
    package init(logEpoch: Int64, checkpoint: Checkpoint, older: Checkpoint? = nil) {
        self.checkpoint = checkpoint
        self.older = older
        self.sequences = SequenceCheck(mayBeginAnywhere: logEpoch > 1)
    }

    /// Checks the next entry.
    package mutating func take(_ stored: StoredEntry) {
        let index = UInt64(clamping: stored.logIndex)
        self.checkedCount += 1
        guard stored.logIndex >= 0, index >= self.next, index < self.checkpoint.size else {
            self.hasAllEntries = false
            return self.report(
                "entry \(stored.logIndex)",
                index < self.next
                    ? "It comes after entry \(self.next - 1)."
                    : "The checkpoint, which covers \(self.checkpoint.size), knows no such entry.")
        }
        if index > self.next {
            self.hasAllEntries = false
            let last = index - 1
            self.report(
                "entry \(self.next)",
                last == self.next
                    ? "It is missing." : "It is missing, and all up to \(last).")
        }
        self.next = index + 1
        self.append(stored)
        self.read(stored)
    }

    /// Says that there are no more entries, and compares the tree with what was signed.
    ///
    /// - Returns: whether nothing is wrong.
    package mutating func finish() -> Bool {
        if self.next < self.checkpoint.size {
            self.hasAllEntries = false
            self.report(
                "entry \(self.next)",
                "The log ends here, but \(self.checkpoint.size) entries were signed.")
        }
        self.checkProducers()
        guard self.hasAllEntries, self.entryTree.root != self.checkpoint.root
        else { return self.faultCount == 0 }
        let storedFits = self.storedTree.root == self.checkpoint.root
        self.report(
            "checkpoint \(self.checkpoint.size)",
            "The entries give the root \(self.entryTree.root), but "
                + "\(self.checkpoint.root) was signed"
                + (storedFits
                    ? ": the stored leaf hashes fit it, so entries were changed."
                    : "."))
        return false
    }

    /// Whether every entry came, so that the tree can be compared at all.
    package var isComplete: Bool { self.hasAllEntries && self.next == self.checkpoint.size }

    /// Whether the entries as they came are the ones that were signed.
    package var isAsSigned: Bool {
        self.isComplete && self.entryTree.root == self.checkpoint.root
    }

    /// Compares what the checkpoint says of producers with the entries.
    private mutating func checkProducers() {
        let said = CheckpointProducers(self.checkpoint).last
        guard self.hasAllEntries, !said.isEmpty else { return }
        for producer in Set(said.keys).union(self.producers.keys).sorted()
        where said[producer] != self.producers[producer] {
            let text = { (place: ProducerPlace?) in
                place.map { "event \($0.sequence) of numbering \($0.epoch)" } ?? "no event"
            }
            self.report(
                "checkpoint \(self.checkpoint.size)",
                "It says that \(text(said[producer])) is the last of \(producer), and the entries "
                    + "have \(text(self.producers[producer])).")
        }
    }

    private mutating func append(_ stored: StoredEntry) {
        guard self.hasAllEntries else { return }
        let leaf = MerkleHash.leaf(stored.entry)
        do {
            try self.entryTree.append(leaf)
            try self.storedTree.append(MerkleHash(stored.leafHash) ?? .emptyTree)
        } catch {
            // 2^64 − 1 leaves: no log of ours has as many.
            self.hasAllEntries = false
        }
        if self.entryTree.size.isMultiple(of: Self.stride) {
            self.roots.append(self.entryTree.root)
        }
        if let older, older.size == self.entryTree.size, older.root != self.entryTree.root {
            self.report(
                "checkpoint \(older.size)",
                "The log's first \(older.size) entries give the root \(self.entryTree.root), but "
                    + "the older checkpoint says \(older.root): they were changed since.")
        }
    }

    private mutating func read(_ stored: StoredEntry) {
        let place = "entry \(stored.logIndex)"
        if MerkleHash(stored.leafHash) != MerkleHash.leaf(stored.entry) {
            self.report(
                place, "Its hash is not the leaf hash that is stored: one of them was changed.")
        }
        let entry: LogEntry
        let event: AuditEvent
        do {
            entry = try LogEntry(canonicalBytes: stored.entry)
            event = try AuditEvent(bytes: entry.event)
        } catch {
            return self.report(place, "It can't be read: \(error).")
        }
        if stored.logIndex == 0 { self.link = EpochLink(event) }
        for text in self.sequences.take(entry) {
            self.report(place, text)
        }
        self.checkPayload(of: event, in: stored, at: place)
    }

    private mutating func checkPayload(
        of event: AuditEvent, in stored: StoredEntry, at place: String
    ) {
        switch (event.payloadCommitment, stored.payload) {
        case (nil, nil): break
        case (nil, _?): self.report(place, "It has a payload, but was recorded without one.")
        case (_?, nil): self.absentPayloadCount += 1
        case (let commitment?, let payload?):
            let salt = stored.salt ?? Data()
            if AuditPayload.commitment(toBytes: payload, salt: salt) == commitment {
                self.payloadCount += 1
            } else {
                self.report(place, "Its payload is not the one it was recorded with.")
            }
        }
    }

    private mutating func report(_ place: String, _ description: String) {
        self.faultCount += 1
        guard self.faults.count < Self.faultLimit else { return }
        self.faults.append(LogFault(place: place, description: description))
    }
}
