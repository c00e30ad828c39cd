public import RPC

/// Lists the caller's sessions that have not ended, the latest activity first.
public struct ListSessions: UnaryMethod {
    /// Asks for the list.
    public init() {}

    public typealias Reply = SessionList

    public static let contract = MethodContract(
        "identity.ListSessions",
        documentation: "Lists the caller's sessions, the latest activity first.",
        access: .signedIn,
        repeatability: .readOnly,
        unknownFields: .reject
    )

    public static let fieldDocumentation: [String: String] = [:]
}

/// A person's sessions.
public struct SessionList: Codable, Hashable, Sendable, DocumentedFields {
    /// At most 100, the number of sessions a person can have.
    public var sessions: [Session]

    /// Makes a list.
    public init(sessions: [Session]) { self.sessions = sessions }

    public static let fieldDocumentation = [
        "sessions": "At most 100, the number of sessions a person can have."
    ]
}
