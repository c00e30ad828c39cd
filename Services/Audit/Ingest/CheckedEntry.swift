internal import AuditAPI
internal import AuditFormat
internal import RPC
internal import TransparencyLog

internal import struct FoundationEssentials.Data
internal import struct FoundationEssentials.Date
internal import struct FoundationEssentials.UUID

/// An entry of a call that is what it should be, ready to be stored.
struct CheckedEntry: Sendable {
    let producer: String
    let epoch: Int64
    let sequence: Int64
    /// When the call came that brought it.
    let receivedAt: Date
    /// What the producer sent: by this a repetition is told from another event.
    let event: Data
    /// A ``LogEntry`` in deterministic CBOR.
    private(set) var bytes: Data
    private(set) var leafHash: MerkleHash
    let columns: EntryColumns
    let payload: CheckedPayload?

    /// Checks an entry of a call.
    ///
    /// - Throws: an ``RPCError`` with the reason `audit.entry_invalid`.
    init(
        _ entry: ProducedEntry, producer: String, epoch: Int64, receivedAt: Date
    ) throws {
        let sequence = entry.sequence
        guard entry.event.count <= ProducedEntry.eventByteCountLimit else {
            throw RPCError.entryInvalid(sequence, "the event has more than 8 KiB.")
        }
        let event: AuditEvent
        do {
            event = try AuditEvent(bytes: entry.event)
        } catch {
            throw RPCError.entryInvalid(sequence, "the event cannot be read.")
        }
        self.payload = try CheckedPayload(entry, of: event)
        self.producer = producer
        self.epoch = epoch
        self.sequence = sequence
        self.receivedAt = receivedAt
        self.event = entry.event
        let logged = LogEntry(
            producer: producer, epoch: epoch, sequence: sequence, event: entry.event,
            receivedAt: receivedAt)
        self.bytes = try logged.canonicalBytes
        self.leafHash = MerkleHash.leaf(self.bytes)
        self.columns = EntryColumns(event, in: logged)
    }

    /// The entry, saying itself what it follows where its number does not say so.
    ///
    /// - Parameters:
    ///   - state: how far the log has its producer's events, if it has any.
    ///   - lostFrom: the first of the producer's numbers before it that are lost, if any are.
    func following(_ state: ProducerState?, lostFrom: Int64?) throws -> CheckedEntry {
        var entry = self
        entry.bytes = try LogEntry(
            producer: self.producer, epoch: self.epoch, sequence: self.sequence,
            event: self.event, receivedAt: self.receivedAt, lostFrom: lostFrom,
            followsEpoch: state?.epoch, followsSequence: state?.lastSequence,
            followsEarlierLog: state?.acceptsGap == true ? true : nil
        ).canonicalBytes
        entry.leafHash = MerkleHash.leaf(entry.bytes)
        return entry
    }
}

/// A payload that fits what its event says of it.
struct CheckedPayload: Sendable {
    let bytes: Data
    let salt: Data
    /// The person that the event is about.
    let subjectID: UUID?
    /// The actor's name at that time.
    let username: String?

    /// Checks the payload of an entry; `nil` if it has none.
    init?(_ entry: ProducedEntry, of event: AuditEvent) throws {
        let sequence = entry.sequence
        guard let bytes = entry.payload, let salt = entry.salt else {
            guard entry.payload == nil, entry.salt == nil, event.payloadCommitment == nil else {
                throw RPCError.entryInvalid(
                    sequence, "payload, salt and commitment come together or not at all.")
            }
            return nil
        }
        guard bytes.count <= ProducedEntry.payloadByteCountLimit else {
            throw RPCError.entryInvalid(sequence, "the payload has more than 64 KiB.")
        }
        guard salt.count == AuditPayload.saltByteCount,
            AuditPayload.commitment(toBytes: bytes, salt: salt) == event.payloadCommitment
        else {
            throw RPCError.entryInvalid(sequence, "the payload is not the one committed to.")
        }
        let payload: AuditPayload
        do {
            payload = try AuditPayload(bytes: bytes)
        } catch {
            throw RPCError.entryInvalid(sequence, "the payload cannot be read.")
        }
        self.bytes = bytes
        self.salt = salt
        self.subjectID = EntryColumns.subject(of: event)
        self.username = payload.username.map { EntryColumns.text($0, limit: 200) }
    }
}

/// A call whose entries are what they should be.
struct CheckedAppend: Sendable {
    let producer: String
    let epoch: Int64
    let entries: [CheckedEntry]
    /// Bytes of entries and payloads, with 1 KiB for what holds each entry in memory.
    let byteCount: Int

    /// Epochs and sequences lie below, so that reckoning with them never overflows.
    static let numberLimit: Int64 = 1 << 62

    /// Checks a call, apart from what the log has already.
    ///
    /// - Throws: an ``RPCError`` with the reason `audit.field_invalid` or `audit.entry_invalid`.
    init(_ request: AppendEntries, receivedAt: Date = Date()) throws {
        guard (1...100).contains(request.producer.unicodeScalars.count) else {
            throw RPCError.invalid("producer", "1 to 100 characters.")
        }
        guard
            !request.producer.unicodeScalars.contains(where: {
                $0.properties.generalCategory == .control
            })
        else { throw RPCError.invalid("producer", "has no control characters.") }
        guard (request.eventIDs?.count ?? 0) <= AppendEntries.entryLimit else {
            throw RPCError.invalid("eventIDs", "at most \(AppendEntries.entryLimit).")
        }
        guard request.entries.count <= AppendEntries.entryLimit else {
            throw RPCError.invalid("entries", "at most \(AppendEntries.entryLimit).")
        }
        guard request.entries.isEmpty || (1..<Self.numberLimit).contains(request.epoch) else {
            throw RPCError.invalid("epoch", "from 1, below 2^62.")
        }
        let byteCount = request.entries.reduce(0) { $0 + $1.event.count + ($1.payload?.count ?? 0) }
        guard byteCount <= AppendEntries.byteCountLimit else {
            throw RPCError.invalid("entries", "at most 1 MiB in all.")
        }
        for (entry, next) in zip(request.entries, request.entries.dropFirst())
        where entry.sequence == .max || next.sequence != entry.sequence + 1 {
            throw RPCError.invalid("entries", "their sequences follow one another.")
        }
        let sequences = request.entries.map(\.sequence)
        guard sequences.allSatisfy({ (1..<Self.numberLimit).contains($0) }) else {
            throw RPCError.invalid("entries", "sequences begin at 1 and are below 2^62.")
        }
        self.producer = request.producer
        self.epoch = request.epoch
        self.byteCount = byteCount + 1_024 * request.entries.count
        self.entries = try request.entries.map {
            try CheckedEntry(
                $0, producer: request.producer, epoch: request.epoch, receivedAt: receivedAt)
        }
    }
}
