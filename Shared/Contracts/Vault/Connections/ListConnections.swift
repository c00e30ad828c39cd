public import RPC

public import struct FoundationEssentials.UUID

/// Lists connections, by name.
public struct ListConnections: UnaryMethod {
    /// Only of this type.
    public var type: ConnectionType?
    /// Only of this provider.
    public var provider: String?
    /// Only of this group.
    public var groupID: UUID?
    /// Only those that this secret opens.
    public var secretID: UUID?
    /// Only those that may be used, or may not.
    public var isActive: Bool?
    /// 1 to 500; absent for 50.
    public var pageSize: Int?
    /// From the page before.
    public var pageToken: String?

    /// Asks for it.
    public init(
        type: ConnectionType? = nil, provider: String? = nil, groupID: UUID? = nil,
        secretID: UUID? = nil, isActive: Bool? = nil, pageSize: Int? = nil, pageToken: String? = nil
    ) {
        self.type = type
        self.provider = provider
        self.groupID = groupID
        self.secretID = secretID
        self.isActive = isActive
        self.pageSize = pageSize
        self.pageToken = pageToken
    }

    public typealias Reply = ConnectionPage

    public static let contract = MethodContract(
        "vault.ListConnections",
        documentation: "Lists connections, by name.",
        access: .any([
            .permission("vault:read"), .permission("vault:write"), .permission("vault:manage"),
        ]),
        repeatability: .readOnly,
        unknownFields: .reject
    )

    public static let fieldDocumentation = [
        "type": "Only of this type.",
        "provider": "Only of this provider.",
        "groupID": "Only of this group.",
        "secretID": "Only those that this secret opens.",
        "isActive": "Only those that may be used, or may not.",
        "pageSize": "1 to 500; absent for 50.",
        "pageToken": "From the page before.",
    ]
}

/// Some connections, by name.
public struct ConnectionPage: Codable, Hashable, Sendable, DocumentedFields {
    /// By name.
    public var connections: [Connection]
    /// Asks for the next page; absent on the last one.
    public var nextPageToken: String?

    /// Makes a page.
    public init(connections: [Connection], nextPageToken: String? = nil) {
        self.connections = connections
        self.nextPageToken = nextPageToken
    }

    public static let fieldDocumentation = [
        "connections": "By name.",
        "nextPageToken": "Asks for the next page; absent on the last one.",
    ]
}
