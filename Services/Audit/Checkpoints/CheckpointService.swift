internal import Logging
internal import Postgres
internal import ServiceLifecycle
internal import TransparencyLog

/// Has the log signed, at most once a second, when it has grown; compares at start what is stored
/// with what was signed.
final class CheckpointService: Service {
    private let signer: CheckpointSigner
    private let store: CheckpointStore
    private let tiles: TileStore
    private let standing: LogStanding
    private let checkpointed: CheckpointedSequences
    private let logger: Logger

    /// Time between two checkpoints.
    static let interval: Duration = .seconds(1)

    /// Brings the parts together.
    init(
        database: Database, signer: CheckpointSigner, standing: LogStanding,
        checkpointed: CheckpointedSequences, logger: Logger
    ) {
        self.signer = signer
        self.store = CheckpointStore(database: database)
        self.tiles = TileStore(database: database)
        self.standing = standing
        self.checkpointed = checkpointed
        self.logger = logger
    }

    /// Signs until the service stops.
    ///
    /// - Throws: ``SignerFileFailure``, which ends the service.
    func run() async throws {
        try await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                try await self.round()
                // Cancelled only when the service stops, which ends the loop.
                try? await Task.sleep(for: Self.interval)
            }
        }
        // What was appended last, unless more than a graceful stop is asked for.
        if !Task.isCancelled { try await self.round() }
    }

    private func round() async throws {
        do {
            try await self.step()
        } catch let error as SignerFileFailure {
            self.logger.critical(
                "the signer's file could not be written", metadata: ["error": "\(error)"])
            throw error
        } catch LogFailure.stateMissing {
            self.refuse("\(LogFailure.stateMissing).")
        } catch is CancellationError {
            // The loop ends by itself.
        } catch {
            self.logger.warning("no checkpoint", metadata: ["error": "\(error)"])
        }
    }

    /// Compares what is stored with what was signed, on the first time, and signs what has grown.
    ///
    /// - Throws: ``SignerFileFailure``; what the database throws.
    func step() async throws {
        switch self.standing.state {
        case .opening: try await self.compare()
        case .unfit: return
        case .fit, .replaced: break
        }
        guard case .fit = self.standing.state else { return }
        try await self.sign()
    }

    private func sign() async throws {
        let snapshot = try await self.store.snapshot()
        let log = snapshot.state
        guard log.size > 0 else { return }
        if let last = self.signer.last, last.logEpoch == log.logEpoch, last.size == log.size,
            last.checkpoint.root == log.root
        {
            guard self.isStored(last) == false else { return }
            return try await self.finish(last, snapshot)
        }
        do {
            let evidence = try await self.evidence(log)
            let signed = try await self.signer.sign(
                log, evidence, producers: snapshot.lastInTree)
            try await self.finish(signed, snapshot)
        } catch let refusal as SigningRefusal {
            self.refuse(refusal.description)
        } catch let error as TileSetError {
            self.refuse("The database lacks a part of the tree: \(error).")
        }
    }

    /// Notes what was signed in the database, for which nothing is lost if it fails.
    private func finish(
        _ signed: CheckpointSigner.Signed, _ snapshot: CheckpointStore.Snapshot
    ) async throws {
        try await self.store.store(signed, after: self.signer.stored, covering: snapshot)
        self.signer.noteStored(signed)
        for producer in snapshot.producers {
            self.checkpointed.set(
                producer.name, epoch: producer.epoch, sequence: producer.lastSequence)
        }
        self.checkpointed.setStored(logEpoch: signed.logEpoch, size: signed.size)
    }

    private func isStored(_ signed: CheckpointSigner.Signed) -> Bool {
        self.checkpointed.isStored(logEpoch: signed.logEpoch, size: signed.size)
    }

    /// What shows that the log follows from what was signed.
    private func evidence(_ log: LogState) async throws -> CheckpointSigner.Evidence {
        if let last = self.signer.last, last.logEpoch == log.logEpoch {
            guard last.size <= log.size else {
                throw SigningRefusal.smaller(signed: last.size, offered: log.size)
            }
            let plan = try ProofPlan(oldSize: last.checkpoint.size, newSize: UInt64(log.size))
            let tiles = try await self.tiles.tiles(of: plan, logEpoch: log.logEpoch)
            return .grown(
                try ConsistencyProof(
                    oldSize: last.checkpoint.size, newSize: UInt64(log.size), tiles: tiles))
        }
        return .first(
            rootOfTiles: try await self.tiles.root(size: log.size, logEpoch: log.logEpoch),
            previousNote: try await self.store.epoch(log.logEpoch)?.previousNote)
    }

    /// Finds out whether what is stored goes on from what was signed.
    private func compare() async throws {
        try await self.store.recordFirstEpoch(origin: self.signer.origin(of: 1))
        let log = try await self.store.snapshot().state
        self.standing.compare(with: log)
        let record = try await self.store.epoch(log.logEpoch)
        guard record?.origin == self.signer.origin(of: log.logEpoch) else {
            return self.refuse(
                "The database is of the log \(record?.origin ?? "without a name"), not of "
                    + "\(self.signer.origin(of: log.logEpoch)).")
        }
        if self.signer.last == nil {
            let wasSigned = try await self.store.hasCheckpoints() || log.logEpoch > 1
            if wasSigned {
                return self.refuse(
                    "The signer's file is missing, but the database has checkpoints.")
            }
            return self.standing.set(.fit)
        }
        do {
            try CheckpointSigner.check(
                log, try await self.evidence(log), against: self.signer.last)
            self.standing.set(.fit)
        } catch let refusal as SigningRefusal {
            self.refuse(refusal.description)
        } catch let error as TileSetError {
            self.refuse("The database lacks a part of the tree: \(error).")
        }
    }

    private func refuse(_ why: String) {
        self.standing.set(.unfit(why))
        self.logger.error(
            "the log takes and signs nothing: what is stored is not what was signed",
            metadata: ["why": "\(why)"])
    }
}
