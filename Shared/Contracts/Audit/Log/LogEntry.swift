public import RPC

public import struct FoundationEssentials.Data
public import struct FoundationEssentials.Date

/// What a leaf of the log is the hash of, in deterministic CBOR: an event with its place among its
/// producer's, and what the log itself says of it.
public struct LogEntry: Codable, Hashable, Sendable, DocumentedFields {
    /// The version of this form: 3; 2 for entries that do not say what they follow, 1 for those
    /// from before the log said anything itself.
    public var version: Int64
    /// The service that recorded the event.
    public var producer: String
    /// Which of the producer's numberings.
    public var epoch: Int64
    /// Its place in that numbering, from 1.
    public var sequence: Int64
    /// An ``AuditEvent`` in deterministic CBOR.
    public var event: Data
    /// When the log took it, by the log's clock; `nil` in version 1.
    public var receivedAt: Date?
    /// The producer's numbers from this one to just before ``sequence`` are lost, and the log
    /// took that as lawful; `nil` where none are, and in version 1.
    public var lostFrom: Int64?
    /// The numbering of the producer's entry before this one, where this one begins a numbering or
    /// is the producer's first in an epoch of the log; `nil` elsewhere, and if there is none.
    public var followsEpoch: Int64?
    /// The number of that entry.
    public var followsSequence: Int64?
    /// Whether that entry is in an earlier epoch of the log; `nil` if not.
    public var followsEarlierLog: Bool?

    /// Describes an entry; without `receivedAt` one of version 1.
    public init(
        producer: String, epoch: Int64, sequence: Int64, event: Data, receivedAt: Date? = nil,
        lostFrom: Int64? = nil, followsEpoch: Int64? = nil, followsSequence: Int64? = nil,
        followsEarlierLog: Bool? = nil
    ) {
        self.version = receivedAt == nil ? 1 : 3
        self.producer = producer
        self.epoch = epoch
        self.sequence = sequence
        self.event = event
        self.receivedAt = receivedAt
        self.lostFrom = lostFrom
        self.followsEpoch = followsEpoch
        self.followsSequence = followsSequence
        self.followsEarlierLog = followsEarlierLog
    }

    public static let fieldDocumentation = [
        "version":
            "The version of this form: 3; 2 without follows…, 1 without receivedAt either.",
        "producer": "The service that recorded the event.",
        "epoch": "Which of the producer's numberings.",
        "sequence": "Its place in that numbering, from 1.",
        "event": "An AuditEvent in deterministic CBOR.",
        "receivedAt": "When the log took it, by the log's clock; absent in version 1.",
        "lostFrom": "The producer's numbers from this one to just before sequence are lost.",
        "followsEpoch":
            "The numbering of the producer's entry before, where this one begins a numbering or is "
            + "the producer's first in an epoch of the log.",
        "followsSequence": "The number of that entry.",
        "followsEarlierLog":
            "Whether that entry is in an earlier epoch of the log; absent if not.",
    ]
}
