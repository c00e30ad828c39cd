internal import AuditAPI
internal import AuditFormat

internal import struct FoundationEssentials.Data

/// What may be wrong with one entry, apart from its place in the tree.
enum EntryCheck {
    /// The entry, and what is wrong with its columns or payload; `nil` for what cannot be read,
    /// and if nothing is wrong.
    static func read(_ row: CheckStore.CheckedRow) -> (entry: LogEntry?, fault: String?) {
        do {
            let entry = try LogEntry(canonicalBytes: row.entry)
            return (entry, Self.fault(row, entry, try AuditEvent(bytes: entry.event)))
        } catch {
            return (nil, "The stored bytes are no entry.")
        }
    }

    private static func fault(
        _ row: CheckStore.CheckedRow, _ entry: LogEntry, _ event: AuditEvent
    ) -> String? {
        guard entry.producer == row.producer, entry.epoch == row.epoch,
            entry.sequence == row.sequence
        else { return "The columns producer, epoch and sequence are not the entry's." }
        let columns = EntryColumns(event, in: entry)
        if let column = row.values.difference(from: columns) {
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
