public import RPC

public import struct FoundationEssentials.Data

/// What a leaf of the log is the hash of, in deterministic CBOR: an event with its place among its
/// producer's.
public struct LogEntry: Codable, Hashable, Sendable, DocumentedFields {
    /// The version of this form: 1.
    public var version: Int64
    /// The service that recorded the event.
    public var producer: String
    /// Which of the producer's numberings.
    public var epoch: Int64
    /// Its place in that numbering, from 1.
    public var sequence: Int64
    /// An ``AuditEvent`` in deterministic CBOR.
    public var event: Data

    /// Describes an entry.
    public init(producer: String, epoch: Int64, sequence: Int64, event: Data) {
        self.version = 1
        self.producer = producer
        self.epoch = epoch
        self.sequence = sequence
        self.event = event
    }

    public static let fieldDocumentation = [
        "version": "The version of this form: 1.",
        "producer": "The service that recorded the event.",
        "epoch": "Which of the producer's numberings.",
        "sequence": "Its place in that numbering, from 1.",
        "event": "An AuditEvent in deterministic CBOR.",
    ]
}
