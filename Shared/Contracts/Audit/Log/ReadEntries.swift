public import RPC

public import struct FoundationEssentials.Data

/// Streams the log as it is stored, entry by entry, for whoever verifies it whole.
public struct ReadEntries: ServerStreamMethod {
    /// Which epoch of the log; the current one if absent.
    public var logEpoch: Int64?
    /// The first entry's place in the log, from 0.
    public var from: Int64?
    /// Stops before this place; at the newest checkpoint's size if absent.
    public var to: Int64?
    /// Whether payloads are sent too.
    public var withPayloads: Bool?

    /// Asks for entries.
    public init(
        logEpoch: Int64? = nil, from: Int64? = nil, to: Int64? = nil, withPayloads: Bool? = nil
    ) {
        self.logEpoch = logEpoch
        self.from = from
        self.to = to
        self.withPayloads = withPayloads
    }

    public typealias Element = StoredEntry

    public static let contract = MethodContract(
        "audit.ReadEntries",
        documentation: "Streams the log as it is stored, for whoever verifies it whole.",
        access: .permission("audit:read"),
        repeatability: .readOnly,
        auditAction: "audit_read",
        unknownFields: .reject
    )

    public static let fieldDocumentation = [
        "logEpoch": "Which epoch of the log; the current one if absent.",
        "from": "The first entry's place in the log, from 0.",
        "to": "Stops before this place; at the newest checkpoint's size if absent.",
        "withPayloads": "Whether payloads are sent too.",
    ]
}

/// An entry as it is stored.
public struct StoredEntry: Codable, Hashable, Sendable, DocumentedFields {
    /// Its place in the log, from 0.
    public var logIndex: Int64
    /// A ``LogEntry`` in deterministic CBOR: what the leaf is the hash of.
    public var entry: Data
    /// The leaf's hash as the stored tree has it.
    public var leafHash: Data
    /// The ``AuditPayload`` in deterministic CBOR, if it was asked for and is there.
    public var payload: Data?
    /// What the payload's commitment is salted with.
    public var salt: Data?

    /// Describes an entry.
    public init(
        logIndex: Int64, entry: Data, leafHash: Data, payload: Data? = nil, salt: Data? = nil
    ) {
        self.logIndex = logIndex
        self.entry = entry
        self.leafHash = leafHash
        self.payload = payload
        self.salt = salt
    }

    public static let fieldDocumentation = [
        "logIndex": "Its place in the log, from 0.",
        "entry": "A LogEntry in deterministic CBOR: what the leaf is the hash of.",
        "leafHash": "The leaf's hash as the stored tree has it.",
        "payload": "The AuditPayload in deterministic CBOR, if it was asked for and is there.",
        "salt": "What the payload's commitment is salted with.",
    ]
}
