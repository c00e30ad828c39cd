public import RPC

public import struct FoundationEssentials.Data

/// Proves that the log as it was is the beginning of the log as it is: nothing was changed or taken
/// out in between.
public struct ProveConsistency: UnaryMethod {
    /// How many entries the older tree had; from 1.
    public var oldSize: Int64
    /// How many the newer one has; as many as the newest checkpoint if absent.
    public var newSize: Int64?
    /// Which epoch of the log; the current one if absent.
    public var logEpoch: Int64?

    /// Asks for a proof.
    public init(oldSize: Int64, newSize: Int64? = nil, logEpoch: Int64? = nil) {
        self.oldSize = oldSize
        self.newSize = newSize
        self.logEpoch = logEpoch
    }

    public typealias Reply = ProvenConsistency

    public static let contract = MethodContract(
        "audit.ProveConsistency",
        documentation: "Proves that an older log is the beginning of a newer one.",
        access: .any([.permission("audit:read"), .peers([AccessRule.operatorName])]),
        repeatability: .readOnly,
        unknownFields: .reject
    )

    public static let fieldDocumentation = [
        "oldSize": "How many entries the older tree had; from 1.",
        "newSize": "How many the newer one has; as the newest checkpoint if absent.",
        "logEpoch": "Which epoch of the log; the current one if absent.",
    ]
}

/// A consistency proof (RFC 6962, section 2.1.2).
public struct ProvenConsistency: Codable, Hashable, Sendable, DocumentedFields {
    /// How many entries the older tree had.
    public var oldSize: Int64
    /// How many the newer one has.
    public var newSize: Int64
    /// The hashes of the proof, 32 bytes each.
    public var hashes: [Data]
    /// The newest checkpoint; of `newSize`, unless another size was asked for.
    public var checkpoint: SignedCheckpoint

    /// Describes a proof.
    public init(oldSize: Int64, newSize: Int64, hashes: [Data], checkpoint: SignedCheckpoint) {
        self.oldSize = oldSize
        self.newSize = newSize
        self.hashes = hashes
        self.checkpoint = checkpoint
    }

    public static let fieldDocumentation = [
        "oldSize": "How many entries the older tree had.",
        "newSize": "How many the newer one has.",
        "hashes": "The hashes of the proof, 32 bytes each.",
        "checkpoint": "The newest checkpoint.",
    ]
}
