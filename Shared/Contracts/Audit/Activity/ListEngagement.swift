public import RPC

public import struct FoundationEssentials.UUID

/// Lists what people did for each day in UTC on which there was anything; what happened in the last
/// seconds may be missing.
///
/// Needs the permission `audit:read`, except about oneself.
public struct ListEngagement: UnaryMethod {
    /// Only this person; everybody if absent.
    public var userID: UUID?
    /// The first day, as in `2026-01-31`.
    public var firstDay: String
    /// The last day; at most 366 days in all.
    public var lastDay: String
    /// 1 to 200; absent for 50.
    public var pageSize: Int?
    /// From the page before.
    public var pageToken: String?

    /// Asks for the list.
    public init(
        userID: UUID? = nil, firstDay: String, lastDay: String, pageSize: Int? = nil,
        pageToken: String? = nil
    ) {
        self.userID = userID
        self.firstDay = firstDay
        self.lastDay = lastDay
        self.pageSize = pageSize
        self.pageToken = pageToken
    }

    public typealias Reply = EngagementPage

    /// The most days of people on one page.
    public static let pageSizeLimit = 200
    /// The days of people on a page that asks for no number.
    public static let standardPageSize = 50

    public static let contract = MethodContract(
        "audit.ListEngagement",
        documentation: "Lists what people did on each day.",
        access: .signedIn,
        repeatability: .readOnly,
        auditAction: "audit_read",
        unknownFields: .reject
    )

    public static let fieldDocumentation = [
        "userID": "Only this person; everybody if absent, which needs audit:read.",
        "firstDay": "The first day in UTC, as in 2026-01-31.",
        "lastDay": "The last day; at most 366 days in all.",
        "pageSize": "1 to 200; absent for 50.",
        "pageToken": "From the page before, of the same question.",
    ]
}

/// Some days of people.
public struct EngagementPage: Codable, Hashable, Sendable, DocumentedFields {
    /// By day, then by the person's id.
    public var days: [EngagementDay]
    /// Asks for the next page; `nil` on the last one.
    public var nextPageToken: String?

    /// Makes a page.
    public init(days: [EngagementDay], nextPageToken: String? = nil) {
        self.days = days
        self.nextPageToken = nextPageToken
    }

    public static let fieldDocumentation = [
        "days": "By day, then by the person's id.",
        "nextPageToken": "Asks for the next page; absent on the last one.",
    ]
}

/// What a person did on a day.
public struct EngagementDay: Codable, Hashable, Sendable, DocumentedFields {
    /// Who.
    public var userID: UUID
    /// The name as the log last heard it.
    public var username: String?
    /// The day in UTC, as in `2026-01-31`.
    public var day: String
    /// For how long the person had a session in use, in seconds: the time between one sign of it
    /// and the next, where these are at most 15 minutes apart. Sessions at the same time count
    /// once.
    public var sessionSeconds: Double
    /// How long the activities took that front ends reported, in seconds.
    public var reportedSeconds: Double
    /// Page views that front ends reported.
    public var pageViews: Int64
    /// Conversations begun.
    public var conversationCount: Int64
    /// Orders of which the person made the first change.
    public var orderCount: Int64

    /// Describes a day.
    public init(
        userID: UUID,
        username: String? = nil,
        day: String,
        sessionSeconds: Double = 0,
        reportedSeconds: Double = 0,
        pageViews: Int64 = 0,
        conversationCount: Int64 = 0,
        orderCount: Int64 = 0
    ) {
        self.userID = userID
        self.username = username
        self.day = day
        self.sessionSeconds = sessionSeconds
        self.reportedSeconds = reportedSeconds
        self.pageViews = pageViews
        self.conversationCount = conversationCount
        self.orderCount = orderCount
    }

    public static let fieldDocumentation = [
        "userID": "Who.",
        "username": "The name as the log last heard it.",
        "day": "The day in UTC, as in 2026-01-31.",
        "sessionSeconds":
            "For how long a session was in use, in seconds: between signs of it that are at most "
            + "15 minutes apart; sessions at the same time count once.",
        "reportedSeconds": "How long reported activities took, in seconds.",
        "pageViews": "Page views that front ends reported.",
        "conversationCount": "Conversations begun.",
        "orderCount": "Orders of which the person made the first change.",
    ]
}
