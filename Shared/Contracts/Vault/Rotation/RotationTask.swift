public import RPC

/// What whoever makes the next value of a secret has to know; nothing of it is secret.
public struct RotationTask: Codable, Hashable, Sendable, DocumentedFields {
    /// The key to seal the value with.
    public var key: PublicSealingKey
    /// What to seal it for.
    public var target: SealingTarget
    /// The secret's name.
    public var name: String
    /// The version that is being rotated in, in all three steps.
    public var version: Int64
    /// The version that readers get until the rotation is done.
    public var currentVersion: Int64?
    /// The version that waits to become current; absent until it is made.
    public var pendingVersion: Int64?

    /// Describes one.
    public init(
        key: PublicSealingKey, target: SealingTarget, name: String, version: Int64,
        currentVersion: Int64? = nil, pendingVersion: Int64? = nil
    ) {
        self.key = key
        self.target = target
        self.name = name
        self.version = version
        self.currentVersion = currentVersion
        self.pendingVersion = pendingVersion
    }

    public static let fieldDocumentation = [
        "key": "The key to seal the value with.",
        "target": "What to seal it for.",
        "name": "The secret's name.",
        "version": "The version that is being rotated in, in all three steps.",
        "currentVersion": "The version that readers get until the rotation is done.",
        "pendingVersion":
            "The version that waits to become current; absent until it is made.",
    ]
}
