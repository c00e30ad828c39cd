import AuditAPI
import AuditFormat
import TransparencyLog

/// Whether a checkpoint of an epoch of the log that has ended is the last one of it.
///
/// The first entry of the next epoch says how large that was.  It is the same in every tree of that
/// epoch, so that any checkpoint of it proves what it says.
struct EarlierCheckpoint: Sendable {
    let audit: AuditConnection
    let key: AuditLogKey

    /// Refuses a checkpoint that is not the last one of its epoch.
    ///
    /// - Throws: a ``CommandFailure``, with status 4 if that is not shown.
    func requireLast(_ signed: SignedCheckpoint) async throws {
        let next = signed.logEpoch + 1
        let file = ProvenEntryFile(
            try await self.audit.ask(ProveInclusion(logIndex: 0, logEpoch: next)),
            verifierKey: self.key.text)
        let entry: VerifiedEntry
        do {
            entry = try file.verify(trusting: self.key)
        } catch {
            throw CommandFailure.notVerified("The service's proof does not hold: \(error).")
        }
        guard entry.logIndex == 0, entry.checkpoint.logEpoch == next,
            let link = EpochLink(entry.event)
        else {
            throw CommandFailure.notVerified(
                "What the service has proved is not the beginning of epoch \(next) of the log.")
        }
        guard let covered = link.coveredSize else {
            throw CommandFailure.notVerified(
                "Nothing signed says which checkpoint of epoch \(signed.logEpoch) of the log was "
                    + "the last, so that newer events of it may be held back.")
        }
        guard covered == signed.treeSize else {
            throw CommandFailure.notVerified(
                "The proof is of a checkpoint of \(signed.treeSize) entries, and the last one of "
                    + "epoch \(signed.logEpoch) of the log has \(covered).")
        }
    }
}

extension Checkpoint {
    /// Which epoch of the log it is of: a log whose name has no number has one epoch.
    var logEpoch: Int64 { self.origin.split(separator: "/").last.flatMap { Int64($0) } ?? 1 }
}
