internal import AuditAPI
internal import Postgres
internal import RPC
internal import TransparencyLog

internal import struct FoundationEssentials.Data

/// The trees of the log with the checkpoints under which something can be proven.
struct LogReader: Sendable {
    let signer: CheckpointSigner
    let checkpoints: CheckpointStore
    let tiles: TileStore

    /// A tree, and the checkpoint that covers most of what is stored of it.
    struct Tree: Sendable {
        let logEpoch: Int64
        /// How many entries are stored.
        let size: Int64
        let checkpoint: CheckpointSigner.Signed
    }

    /// The current epoch, or the one that was asked for, with how many entries it has.
    ///
    /// - Throws: ``RPCError/entryNotFound`` if there is no such epoch.
    func epoch(
        _ asked: Int64?, deadline: ContinuousClock.Instant?
    ) async throws -> (logEpoch: Int64, size: Int64) {
        let log: LogState
        do {
            log = try await self.checkpoints.snapshot().state
        } catch LogFailure.stateMissing {
            guard let signed = self.signedEpoch(asked) else { throw LogFailure.stateMissing }
            return signed
        }
        guard let asked, asked != log.logEpoch else { return (log.logEpoch, log.size) }
        if asked > 0, asked < log.logEpoch,
            let next = try await self.checkpoints.epoch(asked + 1, deadline: deadline)
        {
            return (asked, next.keptSize ?? 0)
        }
        // Whoever verifies is to see what is there, whatever the database says of itself.
        guard let signed = self.signedEpoch(asked) else { throw RPCError.entryNotFound }
        return signed
    }

    /// The epoch that was signed last, as the signer's file has it; `nil` if another was asked for.
    private func signedEpoch(_ asked: Int64?) -> (logEpoch: Int64, size: Int64)? {
        guard let last = self.signer.last, asked == nil || asked == last.logEpoch
        else { return nil }
        return (last.logEpoch, last.size)
    }

    /// The current tree, or the one that was asked for.
    ///
    /// What an older database lacks cannot be proven under the newest checkpoint, so that then the
    /// newest one counts that fits.
    ///
    /// - Throws: ``RPCError/entryNotFound``, ``RPCError/noCheckpoint``.
    func tree(_ asked: Int64?, deadline: ContinuousClock.Instant?) async throws -> Tree {
        let (logEpoch, size) = try await self.epoch(asked, deadline: deadline)
        if let last = self.signer.last, last.logEpoch == logEpoch, last.size <= size {
            return Tree(logEpoch: logEpoch, size: size, checkpoint: last)
        }
        let stored = try await self.checkpoints.newest(
            logEpoch: logEpoch, upTo: size, deadline: deadline)
        guard let stored else { throw RPCError.noCheckpoint }
        return Tree(
            logEpoch: logEpoch, size: size, checkpoint: try self.signer.verified(stored))
    }

    /// A checkpoint as callers get it.
    func description(_ signed: CheckpointSigner.Signed) -> SignedCheckpoint {
        SignedCheckpoint(
            origin: signed.checkpoint.origin, logEpoch: signed.logEpoch, treeSize: signed.size,
            note: signed.text, verifierKey: self.signer.verifierKey.text)
    }

    /// The hashes that lead from entries to a checkpoint's root, for each entry.
    ///
    /// - Throws: ``RPCError/notProven`` if the checkpoint does not cover one.
    func inclusion(
        of indices: [Int64], in tree: Tree, deadline: ContinuousClock.Instant?
    ) async throws -> [[MerkleHash]] {
        let treeSize = tree.checkpoint.checkpoint.size
        let plans = try indices.map { index in
            guard index >= 0, index < tree.checkpoint.size else { throw RPCError.notProven }
            return try ProofPlan(leafIndex: UInt64(index), treeSize: treeSize)
        }
        let addresses = Array(Set(plans.flatMap(\.tiles)))
        let tiles = TileSet(
            try await self.tiles.tiles(addresses, logEpoch: tree.logEpoch, deadline: deadline))
        return try plans.map { plan in
            try plan.hashes { subtree throws(TileSetError) in try tiles.hash(of: subtree) }
        }
    }
}
