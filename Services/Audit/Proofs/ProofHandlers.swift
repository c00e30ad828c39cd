internal import AuditAPI
internal import Postgres
internal import RPC
internal import ServiceKit
internal import TransparencyLog

internal import struct FoundationEssentials.Data

/// Answers the methods that prove what the log has.
struct ProofHandlers {
    let reader: LogReader
    let entries: EntryStore
    let reads: ReadRecorder

    /// Adds the methods to a table.
    func register(in methods: inout MethodTable) {
        methods.register(GetCheckpoint.self, handler: self.checkpoint)
        methods.register(ProveInclusion.self, handler: self.proveInclusion)
        methods.register(ProveConsistency.self, handler: self.proveConsistency)
        methods.register(ReadEntries.self, handler: self.read)
    }

    /// Gives what the signer's file has, whatever became of the database.
    @Sendable
    func checkpoint(_ request: GetCheckpoint, _ context: CallContext) async throws
        -> SignedCheckpoint
    {
        guard let last = self.reader.signer.last else { throw RPCError.noCheckpoint }
        return self.reader.description(last)
    }

    /// Finds the entry and makes a file of what proves it.
    @Sendable
    func proveInclusion(_ request: ProveInclusion, _ context: CallContext) async throws
        -> ProvenEntry
    {
        let row = try await self.entry(request, context.deadline)
        let tree = try await self.reader.tree(row.logEpoch, deadline: context.deadline)
        let hashes = try await self.reader.inclusion(
            of: [row.logIndex], in: tree, deadline: context.deadline)
        let file = try ProofFile(
            index: UInt64(clamping: row.logIndex), hashes: hashes[0],
            checkpoint: tree.checkpoint.note)
        try await self.reads.record(
            AuditResource("audit_entry", "\(row.logEpoch)/\(row.logIndex)"),
            ["isProof": .boolean(true)], in: context)
        return ProvenEntry(
            logIndex: row.logIndex, entry: row.entry, payload: row.payload, salt: row.salt,
            proof: String(decoding: file.bytes, as: UTF8.self))
    }

    private func entry(
        _ request: ProveInclusion, _ deadline: ContinuousClock.Instant?
    ) async throws -> EntryStore.StoredRow {
        let row: EntryStore.StoredRow?
        switch (request.eventID, request.logIndex) {
        case (let eventID?, nil):
            row = try await self.entries.entry(
                eventID: eventID, logEpoch: request.logEpoch, deadline: deadline)
        case (nil, let logIndex?):
            let logEpoch = try await self.reader.epoch(request.logEpoch, deadline: deadline)
                .logEpoch
            row = try await self.entries.entry(
                logEpoch: logEpoch, logIndex: logIndex, deadline: deadline)
        default: throw RPCError.invalid("eventID", "either this or logIndex.")
        }
        guard let row else { throw RPCError.entryNotFound }
        return row
    }

    /// Proves that a tree that somebody remembers is the beginning of the one there is.
    @Sendable
    func proveConsistency(_ request: ProveConsistency, _ context: CallContext) async throws
        -> ProvenConsistency
    {
        let tree = try await self.reader.tree(request.logEpoch, deadline: context.deadline)
        let newSize = request.newSize ?? tree.checkpoint.size
        guard newSize > 0, newSize <= tree.size else {
            throw RPCError.invalid("newSize", "from 1 to the log's size, \(tree.size).")
        }
        guard request.oldSize > 0, request.oldSize <= newSize else {
            throw RPCError.invalid("oldSize", "from 1 to newSize, \(newSize).")
        }
        let (old, new) = (UInt64(request.oldSize), UInt64(newSize))
        let tiles = try await self.reader.tiles.tiles(
            of: try ProofPlan(oldSize: old, newSize: new), logEpoch: tree.logEpoch,
            deadline: context.deadline)
        let proof = try ConsistencyProof(oldSize: old, newSize: new, tiles: tiles)
        return ProvenConsistency(
            oldSize: request.oldSize, newSize: newSize,
            hashes: proof.hashes.map { Data($0.bytes) },
            checkpoint: self.reader.description(tree.checkpoint))
    }

    /// Sends what is stored, a page at a time; what is not there is left out, as whoever verifies
    /// will notice.
    @Sendable
    func read(
        _ request: ReadEntries, _ outbound: OutboundStream<StoredEntry>, _ context: CallContext
    ) async throws {
        let (logEpoch, size) = try await self.reader.epoch(
            request.logEpoch, deadline: context.deadline)
        let end: Int64
        if let asked = request.to {
            end = min(asked, size)
        } else {
            end = try await self.reader.tree(request.logEpoch, deadline: context.deadline)
                .checkpoint.size
        }
        var next = request.from ?? 0
        guard next >= 0 else { throw RPCError.invalid("from", "from 0.") }
        try await self.reads.record(
            .auditLog,
            [
                "logEpoch": .integer(logEpoch), "from": .integer(next), "to": .integer(end),
                "withPayloads": .boolean(request.withPayloads ?? false),
            ], in: context)
        while next < end {
            let rows = try await self.entries.entries(
                logEpoch: logEpoch, from: next, to: end,
                withPayloads: request.withPayloads ?? false, deadline: context.deadline)
            guard let last = rows.last else { return }
            let leaves = try await self.leaves(
                of: rows.map(\.logIndex), logEpoch, context.deadline)
            for (row, leaf) in zip(rows, leaves) {
                try await outbound.send(
                    StoredEntry(
                        logIndex: row.logIndex, entry: row.entry, leafHash: leaf,
                        payload: row.payload, salt: row.salt))
            }
            next = last.logIndex + 1
        }
    }

    /// The leaves as the tiles have them; nothing where they have none.
    private func leaves(
        of indices: [Int64], _ logEpoch: Int64, _ deadline: ContinuousClock.Instant?
    ) async throws -> [Data] {
        let tileIndices = Set(indices.map { UInt64($0) >> 8 })
        let tiles = TileSet(
            try await self.reader.tiles.tiles(
                tileIndices.compactMap { TileAddress(.hashes(level: 0), index: $0) },
                logEpoch: logEpoch, deadline: deadline))
        return indices.map { index in
            guard let leaf = Subtree(level: 0, index: UInt64(index)),
                // What is missing is for the verifier to find, who sees it from the empty hash.
                let hash = try? tiles.hash(of: leaf)
            else { return Data() }
            return Data(hash.bytes)
        }
    }
}
