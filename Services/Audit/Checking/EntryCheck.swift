internal import AuditAPI
internal import AuditFormat

internal import struct FoundationEssentials.Data

/// What may be wrong with one entry, apart from its place in the tree.
enum EntryCheck {
    /// What is wrong with an entry's columns or payload; `nil` if nothing is.
    static func fault(_ row: CheckStore.CheckedRow) -> String? {
        let entry: LogEntry
        let event: AuditEvent
        do {
            entry = try LogEntry(canonicalBytes: row.entry)
            event = try AuditEvent(bytes: entry.event)
        } catch {
            return "The stored bytes are no entry."
        }
        guard entry.producer == row.producer, entry.epoch == row.epoch,
            entry.sequence == row.sequence
        else { return "The columns producer, epoch and sequence are not the entry's." }
        if let column = row.values.difference(from: EntryColumns(event)) {
            return "The column \(column) is not what the entry says."
        }
        return Self.payloadFault(row, of: event)
    }

    private static func payloadFault(
        _ row: CheckStore.CheckedRow, of event: AuditEvent
    ) -> String? {
        guard let commitment = event.payloadCommitment else {
            return row.payload == nil ? nil : "There is a payload that the entry knows nothing of."
        }
        guard let bytes = row.payload, let salt = row.salt else {
            return Self.mayLackPayload(row)
                ? nil : "The payload is missing, and nothing says that it was removed."
        }
        guard AuditPayload.commitment(toBytes: bytes, salt: salt) == commitment else {
            return "The payload is not the one that the entry commits to."
        }
        let payload: AuditPayload
        do {
            payload = try AuditPayload(bytes: bytes)
        } catch {
            return "The payload cannot be read."
        }
        guard row.payloadActorID == event.actorID,
            row.subjectID == EntryColumns.subject(of: event),
            row.username == payload.username.map({ EntryColumns.text($0, limit: 200) })
        else { return "The columns beside the payload are not what entry and payload say." }
        return nil
    }

    /// Whether a record of erasure or retention accounts for a payload that is gone.
    static func mayLackPayload(_ row: CheckStore.CheckedRow) -> Bool { row.removal != nil }
}
