internal import AuditAPI
internal import AuditFormat
internal import Postgres
internal import TransparencyLog

/// What the database claims a tree to be, as far as that can be so.
struct TreeClaim: Sendable {
    let logEpoch: Int64
    /// How many entries are to be looked at.
    let size: Int64
    /// Their root; `nil` where none is recorded.
    let root: MerkleHash?
    /// Whether it is the tree that grows.
    let isCurrent: Bool
    /// The largest checkpoint of a tree that has ended, of which there must be a copy.
    var coveredSize: Int64?
    /// What is wrong with the claim itself.
    let faults: [LogFault]

    /// Entries that may be missing one by one.  A size that is further above what is stored names
    /// no entries: looking for each would take for ever.
    static let missingLimit: Int64 = 65_536
}

extension CheckStore {
    /// A tree as the log's state, or the beginning of the next epoch, claims it to be.
    ///
    /// - Parameters:
    ///   - asked: which epoch; `nil` means the current one.
    ///   - signed: what was signed last, before anything was read.
    /// - Returns: `nil` if there is no such epoch.
    func claim(_ asked: Int64?, signed: CheckpointSigner.Signed?) async throws -> TreeClaim? {
        let epochs = try await self.epochs()
        let state = try await self.state()
        let newest = max(epochs.last?.logEpoch ?? 1, signed?.logEpoch ?? 1)
        let logEpoch = asked ?? newest
        guard (1...newest).contains(logEpoch) else { return nil }
        let signedSize = signed?.logEpoch == logEpoch ? signed?.size ?? 0 : 0
        let stored = try await self.storedSize(logEpoch: logEpoch, above: signedSize)
        guard logEpoch == newest else {
            let next = epochs.first { $0.logEpoch == logEpoch + 1 }
            let link = next?.link
            var claim = Self.bounded(
                logEpoch: logEpoch, size: link?.kept.size ?? next?.keptSize ?? stored,
                root: link?.kept.root, stored: stored, isCurrent: false, faults: [])
            claim.coveredSize = link?.coveredSize
            return claim
        }
        var faults = self.epochFaults(epochs, newest: newest)
        guard let state else {
            faults.insert(
                LogFault(
                    place: "log state",
                    description: "The row is missing that says how large the log is."), at: 0)
            return Self.bounded(
                logEpoch: logEpoch, size: stored, root: nil, stored: stored, isCurrent: true,
                faults: faults)
        }
        guard state.logEpoch == newest else {
            faults.insert(
                LogFault(
                    place: "log state",
                    description: "It names the epoch \(state.logEpoch) of the log, which is in "
                        + "\(newest)."), at: 0)
            return Self.bounded(
                logEpoch: logEpoch, size: stored, root: nil, stored: stored, isCurrent: true,
                faults: faults)
        }
        return Self.bounded(
            logEpoch: logEpoch, size: state.size, root: state.root, stored: stored,
            isCurrent: true, faults: faults)
    }

    private static func bounded(
        logEpoch: Int64, size: Int64, root: MerkleHash?, stored: Int64, isCurrent: Bool,
        faults: [LogFault]
    ) -> TreeClaim {
        let limit = stored.addingReportingOverflow(TreeClaim.missingLimit)
        guard !limit.overflow, size > limit.partialValue else {
            return TreeClaim(
                logEpoch: logEpoch, size: size, root: root, isCurrent: isCurrent, faults: faults)
        }
        let fault = LogFault(
            place: isCurrent ? "log state" : "log epoch \(logEpoch + 1)",
            description: "It claims \(size) entries, of which there are no more than \(stored).")
        return TreeClaim(
            logEpoch: logEpoch, size: stored, root: root, isCurrent: isCurrent,
            faults: [fault] + faults)
    }

    private func state() async throws -> LogState? {
        try await self.database.query(
            "SELECT \(fragment: LogState.columns) FROM audit.log_state AS s",
            as: .purpose("check"), deadline: self.deadline
        ).decodeFirst()
    }

    /// How many entries a tree has at most: those that were signed, and those that are stored
    /// behind them.
    private func storedSize(logEpoch: Int64, above signedSize: Int64) async throws -> Int64 {
        let count: Int64? = try await self.database.query(
            """
            SELECT count(*) AS count FROM audit.entries
            WHERE log_epoch = \(logEpoch) AND log_index >= \(signedSize)
            """,
            as: .purpose("check"), deadline: self.deadline
        ).rows.first?.get("count")
        return signedSize + (count ?? 0)
    }
}
