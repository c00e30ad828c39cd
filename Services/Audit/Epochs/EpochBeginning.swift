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

/// Begins a new tree of the log after a restore that lost signed entries, or after the signer's
/// file was lost.
struct EpochBeginning {
    let database: Database
    let signer: CheckpointSigner
    /// Whether an operator says that the signer's file is lost: then the newest checkpoint that is
    /// found elsewhere stands in its place, and the new epoch says that more may have been signed.
    var isSignerFileLost = false
    /// A checkpoint that was kept elsewhere, for when the signer's file is lost.
    var keptNote: String?

    /// Who the first entry of an epoch is by.
    static let producer = "log"
    /// Characters of a reason, at most.
    static let reasonLimit = 1_000
    /// Copies of checkpoints that are tried where the signer's file is lost.
    private static let copyLimit: Int64 = 100

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
        let previous = try await self.previous(log, store)
        if try await self.wasBegun(log, after: previous) {
            return try await self.sign(log, after: previous, store)
        }
        try await self.requireLoss(log, store)
        guard previous.map({ $0.logEpoch >= log.logEpoch }) ?? true else {
            throw StartupError.failed(
                "The newest checkpoint that is known is of the epoch \(previous?.logEpoch ?? 0), "
                    + "and the log is in the epoch \(log.logEpoch): give a newer one.")
        }
        let covered = try await store.newest(
            logEpoch: log.logEpoch, upTo: log.size, deadline: .now + .seconds(10))
        let batch = try self.firstBatch(
            after: log, previous, covered: covered, reason: reason)
        try await self.store(batch, before: log, previous)
        return try await self.sign(batch.after, after: previous, store)
    }

    /// What was signed last, as the signer's file has it, or where that is lost as far as it is
    /// known: the newest of the database's copies and of what was kept elsewhere.
    private func previous(
        _ log: LogState, _ store: CheckpointStore
    ) async throws -> CheckpointSigner.Signed? {
        guard self.isSignerFileLost else { return self.signer.last }
        guard self.signer.last == nil else {
            throw StartupError.failed("The signer's file is there: it is not lost.")
        }
        var found: [CheckpointSigner.Signed] = []
        if let keptNote {
            do {
                found.append(try self.signer.verified(keptNote))
            } catch {
                throw StartupError.failed("The checkpoint is not signed by this log's key.")
            }
        }
        for logEpoch in [log.logEpoch, log.logEpoch - 1] where found.isEmpty || keptNote != nil {
            let notes = try await store.copies(logEpoch: logEpoch, limit: Self.copyLimit)
            // Copies that somebody has changed are passed over.
            found += notes.lazy.compactMap { try? self.signer.verified($0) }.prefix(1)
        }
        return found.max { ($0.logEpoch, $0.size) < ($1.logEpoch, $1.size) }
    }

    /// Whether the log's epoch was begun by this command and not signed since.
    private func wasBegun(
        _ log: LogState, after previous: CheckpointSigner.Signed?
    ) async throws -> Bool {
        guard log.logEpoch > 1, (previous?.logEpoch ?? log.logEpoch - 1) + 1 == log.logEpoch
        else { return false }
        guard self.isSignerFileLost else { return previous != nil }
        let epochs = try await CheckStore(database: self.database, signer: self.signer).epochs()
        guard epochs.last?.logEpoch == log.logEpoch, epochs.last?.link?.isSignedAtLeast == true
        else {
            throw StartupError.failed(
                "No checkpoint of the epoch \(log.logEpoch) is known, which the lost file may "
                    + "have signed: give the newest one that was kept elsewhere.")
        }
        return true
    }

    /// Refuses where the log can simply go on.
    private func requireLoss(_ log: LogState, _ store: CheckpointStore) async throws {
        if self.isSignerFileLost { return }
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
                "The signer's file is missing, which says what was signed: put it back first, or "
                    + "say with --signer-file-lost that it is lost.")
        }
        throw StartupError.failed("Nothing that was signed is lost: the log can simply go on.")
    }

    private func firstBatch(
        after log: LogState, _ previous: CheckpointSigner.Signed?, covered: String?,
        reason: String
    ) throws -> LogBatch {
        // The new number is above what the signer has seen too: the database may be of an epoch
        // before the signer's.
        let logEpoch = max(log.logEpoch, previous?.logEpoch ?? 0) + 1
        guard logEpoch == log.logEpoch + 1 else {
            throw StartupError.failed(
                "The database is from before the epoch \(logEpoch - 1) of the log was begun; "
                    + "restore a newer one.")
        }
        let link = EpochLink(
            kept: EpochLink.Tree(size: log.size, root: log.root),
            signed: previous.map {
                EpochLink.Tree(size: $0.size, root: $0.checkpoint.root)
            }, isSignedAtLeast: self.isSignerFileLost,
            // A copy that somebody has changed covers nothing.
            coveredSize: covered.flatMap { try? self.signer.verified($0).size })
        var details: [String: JSONValue] = [
            "reason": .string(reason), "keptSize": .integer(log.size),
        ]
        if let previous { details["previousCheckpoint"] = .string(previous.text) }
        if let lost = link.lost {
            details["lostFrom"] = .integer(lost.lowerBound)
            details["lostTo"] = .integer(lost.upperBound)
        }
        let payload = AuditPayload(details: .object(details))
        let bytes = try payload.canonicalBytes
        let salt = Data(Sodium.randomBytes(AuditPayload.saltByteCount))
        let event = AuditEvent(
            id: UUID(), occurredAt: Date(), action: .auditEpochBegun, resourceType: "log_epoch",
            resourceID: "\(logEpoch)",
            reason: link.text,
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
            producers: log.logEpoch == 1 || log.size == 0
                ? [:]
                : [
                    Self.producer: ProducerState(
                        epoch: log.logEpoch, lastSequence: 1, lastLeafHash: .emptyTree,
                        checkpointedSequence: 0, acceptsGap: true)
                ], storedEvents: [:])
        try draft.admit(call)
        return try LogBatch(draft, state: state, edge: &edge)
    }

    private func store(
        _ batch: LogBatch, before log: LogState, _ previous: CheckpointSigner.Signed?
    ) async throws {
        for partition in batch.partitions {
            try await IngestStore(database: self.database).makePartition(partition)
        }
        let begun: SQL = """
            INSERT INTO audit.log_epochs (log_epoch, origin, previous_note, kept_size, lost_end)
            VALUES (\(batch.after.logEpoch), \(self.signer.origin(of: batch.after.logEpoch)),
                \(previous?.text), \(log.size), \(previous.map { max($0.size, log.size) }))
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
        _ log: LogState, after previous: CheckpointSigner.Signed?, _ store: CheckpointStore
    ) async throws -> CheckpointSigner.Signed {
        let root = try await TileStore(database: self.database)
            .root(size: log.size, logEpoch: log.logEpoch)
        let note = try await store.epoch(log.logEpoch)?.previousNote
        let snapshot = try await store.snapshot()
        guard snapshot.state == log else { throw LogFailure.fenced }
        let signed = try await self.signer.sign(
            log, .first(rootOfTiles: root, previousNote: note),
            producers: snapshot.lastInTree, insteadOfLost: previous)
        try await store.store(signed, after: nil, covering: nil)
        return signed
    }
}
