public import RPC

public import struct FoundationEssentials.Date
public import struct FoundationEssentials.UUID

/// Lists everybody with how much they did, also who did nothing; what happened in the last seconds
/// may be missing.
///
/// Needs the permission `audit:read`, except about oneself.
public struct ListActivitySummary: UnaryMethod {
    /// Only this person; everybody if absent.
    public var userID: UUID?
    /// 1 to 200; absent for 50.
    public var pageSize: Int?
    /// From the page before.
    public var pageToken: String?

    /// Asks for the list.
    public init(userID: UUID? = nil, pageSize: Int? = nil, pageToken: String? = nil) {
        self.userID = userID
        self.pageSize = pageSize
        self.pageToken = pageToken
    }

    public typealias Reply = ActivitySummaryPage

    /// The most people of one page.
    public static let pageSizeLimit = 200
    /// The people of a page that asks for no number.
    public static let standardPageSize = 50

    public static let contract = MethodContract(
        "audit.ListActivitySummary",
        documentation: "Lists everybody with how much they did, also who did nothing.",
        access: .signedIn,
        repeatability: .readOnly,
        auditAction: "audit_read",
        unknownFields: .reject
    )

    public static let fieldDocumentation = [
        "userID": "Only this person; everybody if absent, which needs audit:read.",
        "pageSize": "1 to 200; absent for 50.",
        "pageToken": "From the page before, of the same question.",
    ]
}

/// Some people with what they did.
public struct ActivitySummaryPage: Codable, Hashable, Sendable, DocumentedFields {
    /// In the order of their ids.
    public var summaries: [ActivitySummary]
    /// Asks for the next page; `nil` on the last one.
    public var nextPageToken: String?

    /// Makes a page.
    public init(summaries: [ActivitySummary], nextPageToken: String? = nil) {
        self.summaries = summaries
        self.nextPageToken = nextPageToken
    }

    public static let fieldDocumentation = [
        "summaries": "In the order of their ids.",
        "nextPageToken": "Asks for the next page; absent on the last one.",
    ]
}

/// How much a person did.
public struct ActivitySummary: Codable, Hashable, Sendable, DocumentedFields {
    /// Who.
    public var userID: UUID
    /// The name as the log last heard it; `nil` if it never did, and for who was erased.
    public var username: String?
    /// The name others see.
    public var displayName: String?
    /// Roles beside member.
    public var roles: [String]
    /// Whether the person may do anything at all.
    public var isActive: Bool
    /// Reported activities and audited actions together.
    public var totalActivities: Int64
    /// Activities that front ends reported.
    public var reportedCount: Int64
    /// Events of the log of which the person is the actor, but for refreshed sessions.
    public var auditedCount: Int64
    /// When the last of either was; `nil` if there is none.
    public var lastActivityAt: Date?
    /// On how many days in UTC there was either.
    public var activeDays: Int64

    /// Describes what a person did.
    public init(
        userID: UUID,
        username: String? = nil,
        displayName: String? = nil,
        roles: [String] = [],
        isActive: Bool = true,
        totalActivities: Int64 = 0,
        reportedCount: Int64 = 0,
        auditedCount: Int64 = 0,
        lastActivityAt: Date? = nil,
        activeDays: Int64 = 0
    ) {
        self.userID = userID
        self.username = username
        self.displayName = displayName
        self.roles = roles
        self.isActive = isActive
        self.totalActivities = totalActivities
        self.reportedCount = reportedCount
        self.auditedCount = auditedCount
        self.lastActivityAt = lastActivityAt
        self.activeDays = activeDays
    }

    public static let fieldDocumentation = [
        "userID": "Who.",
        "username": "The name as the log last heard it; absent if never, and for who was erased.",
        "displayName": "The name others see.",
        "roles": "Roles beside member.",
        "isActive": "Whether the person may do anything at all.",
        "totalActivities": "Reported activities and audited actions together.",
        "reportedCount": "Activities that front ends reported.",
        "auditedCount": "Events of the log that the person did, but for refreshed sessions.",
        "lastActivityAt": "When the last of either was; absent if there is none.",
        "activeDays": "On how many days in UTC there was either.",
    ]
}
