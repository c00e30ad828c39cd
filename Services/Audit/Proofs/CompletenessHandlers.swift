internal import AuditAPI
internal import RPC
internal import TransparencyLog

internal import struct FoundationEssentials.Data

/// Answers the method that proves that nothing is missing.
struct CompletenessHandlers {
    let reader: LogReader
    let store: CompletenessStore
    let reads: ReadRecorder

    /// Adds the method to a table.
    func register(in methods: inout MethodTable) {
        methods.register(ProveCompleteness.self, handler: self.prove)
    }

    /// Sends the checkpoint, then the entries with their proofs, then how they begin and end.
    @Sendable
    func prove(
        _ request: ProveCompleteness, _ outbound: OutboundStream<CompletenessPart>,
        _ context: CallContext
    ) async throws {
        var isRecorded = false
        try await self.prove(request, deadline: context.deadline) { part in
            if !isRecorded {
                try await self.reads.record(
                    .auditLog,
                    ["producer": .string(request.producer), "isProof": .boolean(true)],
                    in: context)
                isRecorded = true
            }
            try await outbound.send(part)
        }
    }

    /// Gives the parts to a closure.
    func prove(
        _ request: ProveCompleteness, deadline: ContinuousClock.Instant?,
        _ send: (CompletenessPart) async throws -> Void
    ) async throws {
        guard request.from <= request.to else {
            throw RPCError.invalid("to", "not before from.")
        }
        let tree = try await self.reader.tree(request.logEpoch, deadline: deadline)
        let size = tree.checkpoint.size
        let bounds = try await self.store.bounds(
            of: request.producer, from: request.from, to: request.to, logEpoch: tree.logEpoch,
            size: size, deadline: deadline)
        try await send(
            CompletenessPart(checkpoint: self.reader.description(tree.checkpoint)))
        let last = bounds.after ?? (size - 1)
        var next = bounds.before ?? 0
        var newest: Int64?
        while next <= last {
            let rows = try await self.store.entries(
                of: request.producer, logEpoch: tree.logEpoch, from: next, through: last,
                deadline: deadline)
            guard let end = rows.last else { break }
            let proofs = try await self.reader.inclusion(
                of: rows.map(\.logIndex), in: tree, deadline: deadline)
            for (row, hashes) in zip(rows, proofs) {
                try await send(
                    CompletenessPart(
                        entry: IncludedEntry(
                            logIndex: row.logIndex, entry: row.entry,
                            hashes: hashes.map { Data($0.bytes) }),
                        lostFrom: row.lostFrom))
            }
            newest = end.logIndex
            next = end.logIndex + 1
        }
        if bounds.after == nil {
            try await self.requireAll(of: request.producer, upTo: newest, in: tree, deadline)
        }
        try await send(
            CompletenessPart(
                end: CompletenessEnd(
                    beginsWithFirst: bounds.before == nil, endsWithNewest: bounds.after == nil)))
    }

    /// Refuses to end a proof where the log says that it has more of a producer than was sent.
    private func requireAll(
        of producer: String, upTo newest: Int64?, in tree: LogReader.Tree,
        _ deadline: ContinuousClock.Instant?
    ) async throws {
        guard
            try await self.store.hasAll(
                of: producer, logEpoch: tree.logEpoch, newest: newest,
                size: tree.checkpoint.size, deadline: deadline)
        else { throw RPCError.notProven }
    }
}
