public import RPC

public import struct FoundationEssentials.Data
public import struct FoundationEssentials.Date

/// Proves what a service recorded in a span of time, and that nothing of it is missing: its
/// entries follow one another without a gap, from one before the span to one after it.
///
/// A service numbers its events in the order in which they were committed, so that their times may
/// be out of order by as much as a transaction takes: ask for a little more than the span of
/// interest.
public struct ProveCompleteness: ServerStreamMethod {
    /// The service whose events these are.
    public var producer: String
    /// The beginning of the span.
    public var from: Date
    /// The end of the span.
    public var to: Date
    /// Which epoch of the log; the current one if absent.
    public var logEpoch: Int64?

    /// Asks for a proof.
    public init(producer: String, from: Date, to: Date, logEpoch: Int64? = nil) {
        self.producer = producer
        self.from = from
        self.to = to
        self.logEpoch = logEpoch
    }

    public typealias Element = CompletenessPart

    public static let contract = MethodContract(
        "audit.ProveCompleteness",
        documentation: "Proves what a service recorded in a span of time, with nothing missing.",
        access: .permission("audit:read"),
        repeatability: .readOnly,
        auditAction: "audit_read",
        unknownFields: .reject
    )

    public static let fieldDocumentation = [
        "producer": "The service whose events these are.",
        "from": "The beginning of the span.",
        "to": "The end of the span.",
        "logEpoch": "Which epoch of the log; the current one if absent.",
    ]
}

/// A part of the proof: first the checkpoint, then the entries in order, then how it ends.
public struct CompletenessPart: Codable, Hashable, Sendable, DocumentedFields {
    /// The checkpoint that all entries are proven under; in the first part only.
    public var checkpoint: SignedCheckpoint?
    /// An entry with its proof.
    public var entry: IncludedEntry?
    /// Sequences just before the entry that the log has recorded as lost: from this one on.
    public var lostFrom: Int64?
    /// How the entries begin and end; in the last part only.
    public var end: CompletenessEnd?

    /// Describes a part.
    public init(
        checkpoint: SignedCheckpoint? = nil, entry: IncludedEntry? = nil, lostFrom: Int64? = nil,
        end: CompletenessEnd? = nil
    ) {
        self.checkpoint = checkpoint
        self.entry = entry
        self.lostFrom = lostFrom
        self.end = end
    }

    public static let fieldDocumentation = [
        "checkpoint": "The checkpoint that all entries are proven under; in the first part only.",
        "entry": "An entry with its proof.",
        "lostFrom": "Sequences from this one to just before the entry are recorded as lost.",
        "end": "How the entries begin and end; in the last part only.",
    ]
}

/// An entry with the hashes that lead from it to a checkpoint's root.
public struct IncludedEntry: Codable, Hashable, Sendable, DocumentedFields {
    /// Its place in the log, from 0.
    public var logIndex: Int64
    /// A ``LogEntry`` in deterministic CBOR: what the leaf is the hash of.
    public var entry: Data
    /// The inclusion proof, 32 bytes each (RFC 6962, section 2.1.1).
    public var hashes: [Data]

    /// Describes an entry.
    public init(logIndex: Int64, entry: Data, hashes: [Data]) {
        self.logIndex = logIndex
        self.entry = entry
        self.hashes = hashes
    }

    public static let fieldDocumentation = [
        "logIndex": "Its place in the log, from 0.",
        "entry": "A LogEntry in deterministic CBOR: what the leaf is the hash of.",
        "hashes": "The inclusion proof, 32 bytes each.",
    ]
}

/// How the entries of a completeness proof begin and end.
public struct CompletenessEnd: Codable, Hashable, Sendable, DocumentedFields {
    /// Whether the first entry is the producer's first in this epoch of the log, so that there is
    /// none before the span.
    public var beginsWithFirst: Bool
    /// Whether the last entry is the producer's newest under the checkpoint, so that there is none
    /// after the span yet, and events of the span may still be on their way.
    public var endsWithNewest: Bool

    /// Describes beginning and end.
    public init(beginsWithFirst: Bool, endsWithNewest: Bool) {
        self.beginsWithFirst = beginsWithFirst
        self.endsWithNewest = endsWithNewest
    }

    public static let fieldDocumentation = [
        "beginsWithFirst": "Whether the first entry is the producer's first in this epoch.",
        "endsWithNewest": "Whether no entry after the span exists yet.",
    ]
}
