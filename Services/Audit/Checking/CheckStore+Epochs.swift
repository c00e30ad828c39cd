internal import AuditAPI
internal import AuditFormat
internal import Postgres
internal import TransparencyLog

internal import struct FoundationEssentials.Data

/// The chain of the log's epochs: what is recorded of each, beside what its first entry says.
extension CheckStore {
    /// An epoch as it is recorded, with the first entry of its tree.
    struct RecordedEpoch: RowDecodable, Sendable {
        let logEpoch: Int64
        let origin: String
        let previousNote: String?
        let keptSize: Int64?
        let lostEnd: Int64?
        /// What its first entry says of the epoch before; `nil` if it says nothing.
        let link: EpochLink?

        init(row: Row) throws {
            self.logEpoch = try row.get("log_epoch")
            self.origin = try row.get("origin")
            self.previousNote = try row.get("previous_note")
            self.keptSize = try row.get("kept_size")
            self.lostEnd = try row.get("lost_end")
            self.link = try row.get("entry", as: Data?.self).flatMap { bytes in
                // An entry that cannot be read says nothing, and is a fault of its own.
                guard let entry = try? LogEntry(canonicalBytes: bytes),
                    let event = try? AuditEvent(bytes: entry.event)
                else { return nil }
                return EpochLink(event)
            }
        }
    }

    /// The epochs of the log in their order.
    func epochs() async throws -> [RecordedEpoch] {
        try await self.database.query(
            """
            SELECT n.log_epoch, n.origin, n.previous_note, n.kept_size, n.lost_end, e.entry
            FROM audit.log_epochs AS n
            LEFT JOIN audit.entries AS e ON e.log_epoch = n.log_epoch AND e.log_index = 0
            ORDER BY n.log_epoch
            """,
            as: .purpose("check"), deadline: self.deadline
        ).decode()
    }

    /// Compares the record of each epoch with what its first entry says.
    func epochFaults(_ epochs: [RecordedEpoch], newest: Int64) -> [LogFault] {
        var faults: [LogFault] = []
        var expected: Int64 = 1
        for epoch in epochs {
            while expected < epoch.logEpoch, faults.count < Self.epochFaultLimit {
                faults.append(Self.missing(expected))
                expected += 1
            }
            expected = epoch.logEpoch + 1
            if let text = self.fault(in: epoch) {
                faults.append(
                    LogFault(place: "log epoch \(epoch.logEpoch)", description: text))
            }
        }
        if expected <= newest { faults.append(Self.missing(newest)) }
        return faults
    }

    /// Faults that are told of rows that are missing.
    private static let epochFaultLimit = 100

    private static func missing(_ logEpoch: Int64) -> LogFault {
        LogFault(place: "log epoch \(logEpoch)", description: "Its record is missing.")
    }

    private func fault(in epoch: RecordedEpoch) -> String? {
        guard epoch.origin == self.signer.origin(of: epoch.logEpoch) else {
            return "It is recorded under the name \(epoch.origin)."
        }
        guard epoch.logEpoch > 1 else {
            return epoch.keptSize == nil && epoch.lostEnd == nil && epoch.previousNote == nil
                ? nil : "Of the first epoch something is recorded before it."
        }
        guard let link = epoch.link else {
            return "Its first entry does not say what was kept of the epoch before."
        }
        guard epoch.keptSize == link.kept.size else {
            return "What is recorded as kept is not what its first entry says."
        }
        let lostEnd = link.signed.map { max($0.size, link.kept.size) }
        guard epoch.lostEnd == lostEnd else {
            return "What is recorded as lost is not what its first entry says."
        }
        return self.isNote(epoch.previousNote, of: link, before: epoch.logEpoch)
            ? nil : "The checkpoint that is recorded before it is not the one its entry names."
    }

    private func isNote(_ note: String?, of link: EpochLink, before logEpoch: Int64) -> Bool {
        guard let note else { return link.signed == nil }
        // A note that cannot be read is not the one.
        guard let signed = try? self.signer.verified(note), signed.logEpoch == logEpoch - 1
        else { return false }
        return signed.size == link.signed?.size
            && (link.signed?.root).map { $0 == signed.checkpoint.root } ?? true
    }
}
