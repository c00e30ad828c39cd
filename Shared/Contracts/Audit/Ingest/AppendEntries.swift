public import RPC

public import struct FoundationEssentials.Data
public import struct FoundationEssentials.UUID

/// Appends events of one producer to the log, each exactly once; without entries, asks how far the
/// log has them.
public struct AppendEntries: UnaryMethod {
    /// The service whose events these are; the calling process must be it.
    public var producer: String
    /// Counts how often the producer's numbering has begun anew, from 1.
    public var epoch: Int64
    /// In the order of their sequences, without a gap; at most 512, and 1 MiB in all.
    public var entries: [ProducedEntry]
    /// Without entries: events of which the reply tells whether the log has them from this
    /// producer, under whatever number; at most 512.
    public var eventIDs: [UUID]?

    /// Asks for entries to be appended, or without entries how far the log has them.
    public init(
        producer: String, epoch: Int64, entries: [ProducedEntry], eventIDs: [UUID]? = nil
    ) {
        self.producer = producer
        self.epoch = epoch
        self.entries = entries
        self.eventIDs = eventIDs
    }

    public typealias Reply = AppendedEntries

    /// The most entries of one call.
    public static let entryLimit = 512
    /// The most bytes of events and payloads of one call.
    public static let byteCountLimit = 1_048_576

    public static let contract = MethodContract(
        "audit.AppendEntries",
        documentation: "Appends events of one producer to the log, each exactly once.",
        access: .peers([
            "identity", "conversations", "tools", "audit", "vault", "retrieval", "workspace",
        ]),
        repeatability: .idempotent,
        unknownFields: .reject
    )

    public static let fieldDocumentation = [
        "producer": "The service whose events these are; the calling process must be it.",
        "epoch": "How often the producer's numbering has begun anew, from 1.",
        "entries": "In the order of their sequences, without a gap; at most 512.",
        "eventIDs": "Without entries: events of which to tell whether the log has them.",
    ]
}

/// One event as its producer numbered it.
public struct ProducedEntry: Codable, Hashable, Sendable, DocumentedFields {
    /// Its place among the producer's events of this epoch, from 1, without a gap.
    public var sequence: Int64
    /// An ``AuditEvent`` in deterministic CBOR, at most 8 KiB.
    public var event: Data
    /// An ``AuditPayload`` in deterministic CBOR, at most 64 KiB.
    public var payload: Data?
    /// 32 random bytes without which nobody can guess a payload from its commitment.
    public var salt: Data?

    /// Describes an entry.
    public init(sequence: Int64, event: Data, payload: Data? = nil, salt: Data? = nil) {
        self.sequence = sequence
        self.event = event
        self.payload = payload
        self.salt = salt
    }

    /// The most bytes of an encoded ``AuditEvent``.
    public static let eventByteCountLimit = 8_192
    /// The most bytes of an encoded ``AuditPayload``.
    public static let payloadByteCountLimit = 65_536

    public static let fieldDocumentation = [
        "sequence": "Its place among the producer's events of this epoch, from 1.",
        "event": "An AuditEvent in deterministic CBOR, at most 8 KiB.",
        "payload": "An AuditPayload in deterministic CBOR, at most 64 KiB.",
        "salt": "32 random bytes that the payload's commitment is salted with.",
    ]
}

/// How far the log has a producer's events.
public struct AppendedEntries: Codable, Hashable, Sendable, DocumentedFields {
    /// The producer's epoch as the log knows it; 0 if it has never heard of the producer.
    public var epoch: Int64
    /// The last sequence that is durably in the log.
    public var durableSequence: Int64
    /// The last sequence that a signed checkpoint outside the database covers: what comes up to
    /// here may be forgotten by the producer.
    public var checkpointedSequence: Int64
    /// How many entries the log has.
    public var treeSize: Int64
    /// Whether the log has lost events in a restore, so that the producer may go on after numbers
    /// that it cannot send again: the log records them as lost.
    public var acceptsGap: Bool?
    /// Which of the events that were asked for the log has.
    public var knownEventIDs: [UUID]?

    /// Describes how far the log has them.
    public init(
        epoch: Int64, durableSequence: Int64, checkpointedSequence: Int64, treeSize: Int64,
        acceptsGap: Bool? = nil, knownEventIDs: [UUID]? = nil
    ) {
        self.acceptsGap = acceptsGap
        self.knownEventIDs = knownEventIDs
        self.epoch = epoch
        self.durableSequence = durableSequence
        self.checkpointedSequence = checkpointedSequence
        self.treeSize = treeSize
    }

    public static let fieldDocumentation = [
        "epoch": "The producer's epoch as the log knows it; 0 if it never heard of the producer.",
        "durableSequence": "The last sequence that is durably in the log.",
        "checkpointedSequence":
            "The last sequence that a signed checkpoint covers; the producer may forget it.",
        "treeSize": "How many entries the log has.",
        "acceptsGap": "Whether the producer may go on after numbers that it cannot send again.",
        "knownEventIDs": "Which of the events that were asked for the log has.",
    ]
}
