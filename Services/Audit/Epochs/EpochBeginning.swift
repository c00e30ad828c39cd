internal import AuditAPI
internal import AuditFormat
internal import Postgres
internal import RPC
internal import ServiceKit
internal import Sodium
internal import TransparencyLog

internal import struct FoundationEssentials.Data
internal import struct FoundationEssentials.Date
internal import struct FoundationEssentials.UUID

/// Begins a new tree of the log after a restore that lost signed entries.
struct EpochBeginning {
    let database: Database
    let signer: CheckpointSigner

    /// Who the first entry of an epoch is by.
    static let producer = "log"
    /// Characters of a reason, at most.
    static let reasonLimit = 1_000

    /// Records the new epoch with its first entry, lets producers leave a gap, and signs.
    ///
    /// - Returns: the first checkpoint of the new epoch.
    /// - Throws: ``StartupError`` if the reason is empty or too long, or nothing is lost.
    func begin(reason: String) async throws -> CheckpointSigner.Signed {
        guard (1...Self.reasonLimit).contains(reason.unicodeScalars.count) else {
            throw StartupError.failed(
                "A reason has 1 to \(Self.reasonLimit) characters.")
        }
        let store = CheckpointStore(database: self.database)
        let log = try await IngestStore(database: self.database).takeOver()
        if let last = self.signer.last, last.logEpoch + 1 == log.logEpoch {
            // Begun before, and not signed since.
            return try await self.sign(log, store)
        }
        try await self.requireLoss(log, store)
        let batch = try self.firstBatch(after: log, reason: reason)
        try await self.store(batch, before: log, reason: reason)
        return try await self.sign(batch.after, store)
    }

    /// Refuses where the log can simply go on.
    private func requireLoss(_ log: LogState, _ store: CheckpointStore) async throws {
        if let last = self.signer.last {
            guard last.logEpoch >= log.logEpoch else {
                throw StartupError.failed(
                    "The signer's file is of an older epoch: put back the newest one first.")
            }
            guard last.logEpoch == log.logEpoch, last.size <= log.size else { return }
            let plan = try ProofPlan(oldSize: last.checkpoint.size, newSize: UInt64(log.size))
            let tiles = try await TileStore(database: self.database)
                .tiles(of: plan, logEpoch: log.logEpoch)
            let proof: ConsistencyProof
            do {
                proof = try ConsistencyProof(
                    oldSize: last.checkpoint.size, newSize: UInt64(log.size), tiles: tiles)
                try proof.verify(oldRoot: last.checkpoint.root, newRoot: log.root)
            } catch {
                // What is stored is not what was signed: that is what epochs are for.
                return
            }
        } else if try await !store.hasCheckpoints() {
            // Nothing was ever signed, so nothing can be lost.
        } else {
            throw StartupError.failed(
                "The signer's file is missing, which says what was signed: put it back first.")
        }
        throw StartupError.failed("Nothing that was signed is lost: the log can simply go on.")
    }

    private func firstBatch(after log: LogState, reason: String) throws -> LogBatch {
        // The new number is above what the signer has seen too: the database may be of an epoch
        // before the signer's.
        let logEpoch = max(log.logEpoch, self.signer.last?.logEpoch ?? 0) + 1
        guard logEpoch == log.logEpoch + 1 else {
            throw StartupError.failed(
                "The database is from before the epoch \(logEpoch - 1) of the log was begun; "
                    + "restore a newer one.")
        }
        let lostEnd = self.signer.last.map(\.size)
        var details: [String: JSONValue] = [
            "reason": .string(reason), "keptSize": .integer(log.size),
        ]
        if let last = self.signer.last { details["previousCheckpoint"] = .string(last.text) }
        if let lostEnd, lostEnd > log.size {
            details["lostFrom"] = .integer(log.size)
            details["lostTo"] = .integer(lostEnd)
        }
        let payload = AuditPayload(details: .object(details))
        let bytes = try payload.canonicalBytes
        let salt = Data(Sodium.randomBytes(AuditPayload.saltByteCount))
        let event = AuditEvent(
            id: UUID(), occurredAt: Date(), action: .auditEpochBegun, resourceType: "log_epoch",
            resourceID: "\(logEpoch)",
            reason: "kept \(log.size), signed \(lostEnd.map { "\($0)" } ?? "unknown")",
            isSensitive: true,
            payloadCommitment: AuditPayload.commitment(toBytes: bytes, salt: salt))
        let call = try CheckedAppend(
            AppendEntries(
                producer: Self.producer, epoch: logEpoch,
                entries: [
                    ProducedEntry(
                        sequence: 1, event: try event.canonicalBytes, payload: bytes, salt: salt)
                ]))
        var edge = RightEdge()
        let state = LogState(
            logEpoch: logEpoch, size: 0, root: .emptyTree, writerTerm: log.writerTerm)
        var draft = BatchDraft(
            state: state,
            producers: [
                Self.producer: ProducerState(
                    epoch: logEpoch - 1, lastSequence: 1, lastLeafHash: .emptyTree,
                    checkpointedSequence: 0, acceptsGap: false)
            ], storedLeaves: [:])
        try draft.admit(call)
        return try LogBatch(draft, state: state, edge: &edge)
    }

    private func store(_ batch: LogBatch, before log: LogState, reason: String) async throws {
        for partition in batch.partitions {
            try await IngestStore(database: self.database).makePartition(partition)
        }
        let last = self.signer.last
        let begun: SQL = """
            INSERT INTO audit.log_epochs (
                log_epoch, origin, reason, previous_note, kept_size, lost_end)
            VALUES (\(batch.after.logEpoch), \(self.signer.origin(of: batch.after.logEpoch)),
                \(reason), \(last?.text), \(log.size), \(last.map { max($0.size, log.size) }))
            """
        let turned: SQL = """
            UPDATE audit.log_state SET log_epoch = \(batch.before.logEpoch),
                size = \(batch.before.size), root = \(Data(batch.before.root.bytes))
            WHERE writer_term = \(log.writerTerm) AND log_epoch = \(log.logEpoch)
                AND size = \(log.size)
            """
        // The first of the batch's statements raises if the log was not turned.
        _ = try await self.database.write(
            [turned, begun, "UPDATE audit.producers SET accepts_gap = true"]
                + batch.statements,
            as: .purpose("ingest"), deadline: .now + .seconds(30))
    }

    private func sign(
        _ log: LogState, _ store: CheckpointStore
    ) async throws -> CheckpointSigner.Signed {
        let root = try await TileStore(database: self.database)
            .root(size: log.size, logEpoch: log.logEpoch)
        let previous = try await store.epoch(log.logEpoch)?.previousNote
        let signed = try await self.signer.sign(
            log, .first(rootOfTiles: root, previousNote: previous))
        try await store.store(signed, after: nil, covering: nil)
        return signed
    }
}
