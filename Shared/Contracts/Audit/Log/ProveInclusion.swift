public import RPC

public import struct FoundationEssentials.Data
public import struct FoundationEssentials.UUID

/// Proves that an event is in the log: with the answer and the public key alone anybody can check
/// it, offline.
public struct ProveInclusion: UnaryMethod {
    /// The event by its id; or `logIndex`.
    public var eventID: UUID?
    /// The entry by its place in the log, from 0; or `eventID`.
    public var logIndex: Int64?
    /// Which epoch of the log; the current one if absent.
    public var logEpoch: Int64?

    /// Asks for a proof; names the event in one of the two ways.
    public init(eventID: UUID? = nil, logIndex: Int64? = nil, logEpoch: Int64? = nil) {
        self.eventID = eventID
        self.logIndex = logIndex
        self.logEpoch = logEpoch
    }

    public typealias Reply = ProvenEntry

    public static let contract = MethodContract(
        "audit.ProveInclusion",
        documentation: "Proves that an event is in the log.",
        access: .permission("audit:read"),
        repeatability: .readOnly,
        auditAction: "audit_read",
        unknownFields: .reject
    )

    public static let fieldDocumentation = [
        "eventID": "The event by its id; or logIndex.",
        "logIndex": "The entry by its place in the log, from 0; or eventID.",
        "logEpoch": "Which epoch of the log; the current one if absent.",
    ]
}

/// An entry with the proof that it is in the log.
public struct ProvenEntry: Codable, Hashable, Sendable, DocumentedFields {
    /// Its place in the log, from 0.
    public var logIndex: Int64
    /// A ``LogEntry`` in deterministic CBOR: what the leaf is the hash of.
    public var entry: Data
    /// The ``AuditPayload`` in deterministic CBOR; `nil` if there is none or it is gone.
    public var payload: Data?
    /// What the payload's commitment is salted with; gone with the payload.
    public var salt: Data?
    /// Inclusion proof and signed checkpoint as a C2SP tlog-proof file.
    public var proof: String

    /// Describes a proven entry.
    public init(
        logIndex: Int64, entry: Data, payload: Data? = nil, salt: Data? = nil, proof: String
    ) {
        self.logIndex = logIndex
        self.entry = entry
        self.payload = payload
        self.salt = salt
        self.proof = proof
    }

    public static let fieldDocumentation = [
        "logIndex": "Its place in the log, from 0.",
        "entry": "A LogEntry in deterministic CBOR: what the leaf is the hash of.",
        "payload": "The AuditPayload in deterministic CBOR; absent if there is none or it is gone.",
        "salt": "What the payload's commitment is salted with; gone with the payload.",
        "proof": "Inclusion proof and signed checkpoint as a C2SP tlog-proof file.",
    ]
}
