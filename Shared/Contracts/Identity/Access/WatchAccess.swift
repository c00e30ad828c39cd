public import RPC

/// Follows who may do what: signing keys, roles, people and revoked sessions, first as a snapshot
/// and then as changes, so that a service can decide about a call without asking identity.
public struct WatchAccess: ServerStreamMethod {
    /// The position to go on from; absent, or older than identity keeps, begins with a snapshot.
    public var after: Int64?
    /// Whether to send everybody's name too; absent means not.  A position to go on from must come
    /// from a stream that had them.
    public var includesProfiles: Bool?

    /// Asks for everything after a position.
    public init(after: Int64? = nil, includesProfiles: Bool? = nil) {
        self.after = after
        self.includesProfiles = includesProfiles
    }

    public typealias Element = AccessEvent

    public static let contract = MethodContract(
        "identity.WatchAccess",
        documentation:
            "Streams signing keys, roles, people's access and revoked sessions as they change.",
        access: .peers(["conversations", "tools", "audit", "vault", "retrieval", "workspace"]),
        repeatability: .readOnly,
        unknownFields: .reject,
        isEndless: true
    )

    public static let fieldDocumentation = [
        "after": "Position to continue after; absent for a snapshot followed by changes.",
        "includesProfiles": "Whether to send everybody's name too; absent means not.",
    ]
}
