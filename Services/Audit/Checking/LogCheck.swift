internal import AuditAPI
internal import AuditFormat
internal import TransparencyLog

internal import struct FoundationEssentials.Data

/// Recomputes a tree from its stored entries and says what does not fit, from the first entry on.
///
/// Entries and tiles bear each other out: where they differ, the tile above tells which of the two
/// was changed, so that one change is one fault.
struct LogCheck {
    let store: CheckStore
    /// What was signed last before the size was read: the tree has at least that.
    let signed: CheckpointSigner.Signed?
    /// What the tree is claimed to be.
    let claim: TreeClaim
    /// Takes each fault.
    let report: (LogFault) async throws -> Void

    /// A checkpoint of which a copy was stored before the check.
    private let stored: CheckpointSigner.Signed?
    private var edge = RightEdge()
    private var producers: [String: ProducerPlace] = [:]
    /// Where in this tree numberings begin, by producer and number.
    private var beginnings: [Numbering: Int64] = [:]
    private var checkpoints: [CheckStore.StoredCheckpoint] = []
    /// The largest size for which checkpoints were fetched.
    private var fetchedSize: Int64 = 0
    /// The producers of whom there was an entry in this epoch of the log.
    private var seen: Set<String> = []
    private var hasAllCheckpoints = false

    /// A numbering of a producer.
    private struct Numbering: Hashable {
        let producer: String
        let epoch: Int64
    }

    private var logEpoch: Int64 { self.claim.logEpoch }
    private var size: Int64 { self.claim.size }
    private var root: MerkleHash? { self.claim.root }
    private var signer: CheckpointSigner { self.store.signer }

    /// Prepares a check.
    init(
        store: CheckStore, signed: CheckpointSigner.Signed?, claim: TreeClaim,
        report: @escaping (LogFault) async throws -> Void
    ) {
        self.store = store
        self.signed = signed
        self.stored = store.signer.stored
        self.claim = claim
        self.report = report
    }

    /// Checks everything.
    ///
    /// - Parameter progress: is told how many entries are checked, after each tile of them.
    /// - Throws: what the closures and the database throw.
    mutating func run(progress: (Int64) async throws -> Void) async throws {
        for fault in self.claim.faults { try await self.report(fault) }
        self.producers = try await self.store.producersBefore(logEpoch: self.logEpoch)
        var next: Int64 = 0
        while next < self.size {
            let end = min(next + Int64(TileAddress.fullWidth), self.size)
            let rows = try await self.store.rows(logEpoch: self.logEpoch, from: next, to: end)
            for row in rows {
                let (entry, fault) = EntryCheck.read(row)
                if let fault { try await self.fault("entry \(row.logIndex)", fault) }
                try await self.checkSequence(row, entry)
            }
            let leaves = try await self.leaves(next..<end, rows)
            try await self.append(leaves, from: next)
            next = end
            try await progress(next)
        }
        try await self.checkEdge()
        try await self.checkEnd()
    }

    private func fault(_ place: String, _ description: String) async throws {
        try await self.report(LogFault(place: place, description: description))
    }

    // MARK: Leaves

    /// The leaves of one tile of entries, as far as can be told, after faults were reported.
    private func leaves(
        _ range: Range<Int64>, _ rows: [CheckStore.CheckedRow]
    ) async throws -> [MerkleHash] {
        let tileIndex = UInt64(range.lowerBound) >> 8
        let found = try await self.store.tiles(
            logEpoch: self.logEpoch, level: 0, from: tileIndex, count: 1
        ).first { $0.index == tileIndex }
        let stored = found.map { Array($0.hashes.prefix(range.count)) } ?? []
        let computed = Dictionary(
            rows.map { ($0.logIndex, MerkleHash.leaf($0.entry)) }, uniquingKeysWith: { $1 })
        try await self.reportMissing(range.filter { computed[$0] == nil })
        guard stored.count == range.count else {
            try await self.fault("tile 0/\(tileIndex)", "The tile is missing or too narrow.")
            return range.map { index in
                let offset = Int(index - range.lowerBound)
                return computed[index]
                    ?? (offset < stored.count ? stored[offset] : MerkleHash.emptyTree)
            }
        }
        let differing = range.filter { index in
            computed[index].map { $0 != stored[Int(index - range.lowerBound)] } ?? false
        }
        guard !differing.isEmpty else { return stored }
        if try await self.isTrue(stored, tileIndex: tileIndex) {
            for index in differing {
                try await self.fault("entry \(index)", "The entry is not the one in the tree.")
            }
            return stored
        }
        try await self.fault(
            "tile 0/\(tileIndex)",
            "The hash of the entry \(differing[0]) is not the entry's, nor what the tree has.")
        return range.map { computed[$0] ?? stored[Int($0 - range.lowerBound)] }
    }

    private func reportMissing(_ missing: [Int64]) async throws {
        var rest = missing[...]
        while let first = rest.popFirst() {
            var last = first
            while let next = rest.first, next == last + 1 { last = rest.removeFirst() }
            try await self.fault(
                "entry \(first)",
                first == last
                    ? "The entry is missing." : "The entries \(first) to \(last) are missing.")
        }
    }

    /// Whether leaves are what the rest of the tree says they are.
    private func isTrue(_ leaves: [MerkleHash], tileIndex: UInt64) async throws -> Bool {
        if leaves.count == TileAddress.fullWidth {
            let parent = try await self.store.tiles(
                logEpoch: self.logEpoch, level: 1, from: tileIndex >> 8, count: 1
            ).first { $0.index == tileIndex >> 8 }
            let place = Int(tileIndex & 0xFF)
            var subtree = RightEdge()
            _ = try subtree.append(leaves)
            return parent.map { place < $0.hashes.count && $0.hashes[place] == subtree.root }
                ?? false
        }
        guard let root = self.root else { return true }
        var edge = self.edge
        _ = try edge.append(leaves)
        return edge.root == root
    }

    // MARK: Tree

    private mutating func append(_ leaves: [MerkleHash], from first: Int64) async throws {
        var rest = leaves[...]
        var position = first
        let end = first + Int64(leaves.count)
        while !rest.isEmpty {
            let checkpoint = try await self.nextCheckpoint(after: position)
            let stop = min(checkpoint?.size ?? end, end)
            let tiles = try self.edge.append(Array(rest.prefix(Int(stop - position))))
            rest = rest.dropFirst(Int(stop - position))
            position = stop
            for tile in tiles where tile.level > 0 && tile.hashes.count == TileAddress.fullWidth {
                try await self.compare(tile)
            }
            if let checkpoint, checkpoint.size == position { try await self.check(checkpoint) }
            if let signed = self.signed, signed.logEpoch == self.logEpoch,
                signed.size == position, signed.checkpoint.root != self.edge.root
            {
                try await self.fault(
                    "checkpoint \(position)",
                    "The signer's file has another root than the stored entries.")
            }
        }
    }

    private func compare(_ tile: Tile) async throws {
        let stored = try await self.store.tiles(
            logEpoch: self.logEpoch, level: tile.level, from: tile.index, count: 1
        ).first { $0.index == tile.index }
        guard let stored, Array(stored.hashes.prefix(tile.hashes.count)) == tile.hashes else {
            return try await self.fault(
                "tile \(tile.level)/\(tile.index)", "The hashes are not those of what is below.")
        }
    }

    private func checkEdge() async throws {
        for tile in self.edge.tiles where tile.level > 0 { try await self.compare(tile) }
    }

    // MARK: Checkpoints

    /// The next checkpoint above a size, and the next of the signer's file should that be nearer.
    private mutating func nextCheckpoint(
        after size: Int64
    ) async throws -> CheckStore.StoredCheckpoint? {
        self.checkpoints.removeAll { $0.size <= size }
        if self.checkpoints.isEmpty, !self.hasAllCheckpoints {
            self.checkpoints = try await self.store.checkpoints(
                logEpoch: self.logEpoch, above: max(size, self.fetchedSize))
            for checkpoint in self.checkpoints { try await self.checkChain(checkpoint) }
            self.hasAllCheckpoints = self.checkpoints.isEmpty
        }
        return self.checkpoints.first
    }

    /// Whether the copy that a checkpoint names as the one before it was the last to be fetched.
    private mutating func checkChain(_ checkpoint: CheckStore.StoredCheckpoint) async throws {
        let previous = checkpoint.previousSize ?? 0
        if previous > self.fetchedSize {
            try await self.fault(
                "checkpoint \(previous)",
                "Its copy is missing, which the checkpoint \(checkpoint.size) follows.")
        } else if previous < self.fetchedSize {
            try await self.fault(
                "checkpoint \(checkpoint.size)",
                "It does not name the checkpoint \(self.fetchedSize) as the one before it.")
        }
        self.fetchedSize = checkpoint.size
    }

    private func check(_ stored: CheckStore.StoredCheckpoint) async throws {
        let place = "checkpoint \(stored.size)"
        let signed: CheckpointSigner.Signed
        do {
            signed = try self.signer.verified(stored.note)
        } catch {
            return try await self.fault(place, "The note is not signed by the log's key.")
        }
        guard signed.logEpoch == self.logEpoch, signed.size == stored.size,
            Data(signed.checkpoint.root.bytes) == stored.root
        else { return try await self.fault(place, "The columns are not what the note says.") }
        guard signed.checkpoint.root == self.edge.root else {
            return try await self.fault(
                place, "The entries before \(stored.size) are not those that were signed.")
        }
    }

    // MARK: Producers

    private mutating func checkSequence(
        _ row: CheckStore.CheckedRow, _ entry: LogEntry?
    ) async throws {
        let next = ProducerPlace(epoch: row.epoch, sequence: row.sequence)
        let known = self.producers.updateValue(next, forKey: row.producer)
        let isFirst = self.seen.insert(row.producer).inserted
        if let entry, let text = Self.orderFault(entry, after: known, isFirst: isFirst) {
            try await self.fault("entry \(row.logIndex)", text)
        }
        if known?.epoch != row.epoch {
            let numbering = Numbering(producer: row.producer, epoch: row.epoch)
            self.beginnings[numbering] = self.beginnings[numbering] ?? row.logIndex
        }
        let place = "producer \(row.producer)"
        switch ProducerPlace.step(from: known, to: next) {
        case .goesBack:
            try await self.fault(
                place, "The number \(row.sequence) comes after \(known?.sequence ?? 0).")
        case .follows:
            guard entry?.lostFrom != nil else { return }
            try await self.fault(
                place, "The entry \(row.logIndex) says that numbers are lost, and none are.")
        case .misses(let missing):
            // Entries of version 1 do not say so themselves; an unreadable one is a fault already.
            let isSaid = entry.map { $0.version == 1 || $0.lost == missing } ?? true
            if self.logEpoch > 1, isSaid,
                try await self.store.isLost(
                    producer: row.producer, epoch: row.epoch, sequences: missing)
            { return }
            try await self.fault(
                place,
                "The numbers \(missing.lowerBound) to \(missing.upperBound) of epoch "
                    + "\(row.epoch) are missing before entry \(row.logIndex).")
        }
    }

    /// What is wrong with what an entry says it follows.
    ///
    /// - Parameter isFirst: whether it is its producer's first in this epoch of the log.
    private static func orderFault(
        _ entry: LogEntry, after known: ProducerPlace?, isFirst: Bool
    ) -> String? {
        guard isFirst else { return entry.orderFault(after: known) }
        guard entry.saysWhatItFollows else { return nil }
        let isRight =
            entry.follows == known && (entry.followsEarlierLog == true) == (known != nil)
        return isRight
            ? nil
            : "It does not say that it follows \(known?.description ?? "none"), which is the last "
                + "in the epochs of the log before."
    }

    /// Compares where numberings begin with what is recorded of it.
    private func checkBeginnings() async throws {
        let recorded = try await self.store.beginnings(logEpoch: self.logEpoch)
        // Read afterwards: what began during the check is no fault.
        let size = try await self.store.size(logEpoch: self.logEpoch) ?? self.size
        var unrecorded = self.beginnings
        for beginning in recorded {
            let numbering = Numbering(producer: beginning.producer, epoch: beginning.epoch)
            let isLater =
                beginning.logEpoch == self.logEpoch && self.claim.isCurrent
                && beginning.logIndex >= self.size && beginning.logIndex < size
            if isLater { continue }
            let found = unrecorded.removeValue(forKey: numbering)
            guard found != beginning.logIndex || beginning.logEpoch != self.logEpoch else {
                continue
            }
            try await self.fault(
                "producer \(beginning.producer)",
                "Its numbering \(beginning.epoch) does not begin with entry "
                    + "\(beginning.logIndex), as is recorded.")
        }
        for (numbering, logIndex) in unrecorded.sorted(by: { $0.value < $1.value }) {
            try await self.fault(
                "producer \(numbering.producer)",
                "That its numbering \(numbering.epoch) begins with entry \(logIndex) is not "
                    + "recorded.")
        }
    }

    /// Compares what the end of the log is claimed to be.
    private func checkEnd() async throws {
        if let root = self.root, root != self.edge.root {
            try await self.fault(
                self.claim.isCurrent ? "log state" : "log epoch \(self.logEpoch + 1)",
                "The recorded root is not that of the entries.")
        }
        if let signed = self.signed, signed.logEpoch == self.logEpoch, signed.size > self.size {
            try await self.fault(
                "entry \(self.size)",
                "The entries \(self.size) to \(signed.size - 1) are signed and missing.")
        }
        if let stored = self.stored, stored.logEpoch == self.logEpoch, stored.size <= self.size,
            try await !self.store.hasCheckpoint(logEpoch: self.logEpoch, size: stored.size)
        {
            try await self.fault("checkpoint \(stored.size)", "Its copy is missing.")
        }
        if let size = self.claim.coveredSize,
            try await !self.store.hasCheckpoint(logEpoch: self.logEpoch, size: size)
        {
            try await self.fault("checkpoint \(size)", "Its copy is missing.")
        }
        let above = try await self.store.checkpoints(logEpoch: self.logEpoch, above: self.size)
        // Read afterwards: what was appended and signed during the check is no fault.
        let size = try await self.store.size(logEpoch: self.logEpoch) ?? self.size
        for checkpoint in above where checkpoint.size > size {
            try await self.fault(
                "checkpoint \(checkpoint.size)", "It covers entries that are not there.")
        }
        for fault in try await self.store.strayEntries(logEpoch: self.logEpoch) {
            try await self.report(fault)
        }
        for fault in try await self.store.strayPayloads() { try await self.report(fault) }
        for fault in try await self.store.strayTiles(logEpoch: self.logEpoch) {
            try await self.report(fault)
        }
        try await self.checkBeginnings()
        guard self.claim.isCurrent else { return }
        let claimed = try await self.store.producers()
        for producer in self.producers.keys.sorted() where claimed[producer] == nil {
            try await self.fault("producer \(producer)", "It has entries and is not recorded.")
        }
        for fault in try await self.store.producerFaults() { try await self.report(fault) }
        for fault in try await self.store.gapFaults() { try await self.report(fault) }
        for fault in try await self.store.coverFaults() { try await self.report(fault) }
    }
}
