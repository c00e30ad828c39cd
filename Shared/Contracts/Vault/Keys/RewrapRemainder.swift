public import RPC

public import struct FoundationEssentials.UUID

/// A version whose data key cannot be moved to the current epoch.
public struct RewrapRemainder: Codable, Hashable, Sendable, DocumentedFields {
    /// Of which secret.
    public var secretID: UUID
    /// Which version.
    public var version: Int64
    /// Why: tampered, or destroyed for one whose row is still to be emptied.
    public var reason: String

    /// Describes one.
    public init(secretID: UUID, version: Int64, reason: String) {
        self.secretID = secretID
        self.version = version
        self.reason = reason
    }

    public static let fieldDocumentation = [
        "secretID": "Of which secret.",
        "version": "Which version.",
        "reason": "Why: tampered, or destroyed for one whose row is still to be emptied.",
    ]
}
