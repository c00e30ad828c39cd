public import RPC

public import struct FoundationEssentials.Date
public import struct FoundationEssentials.UUID

/// Lists figures of the business, newest first.
public struct ListMetricValues: UnaryMethod {
    /// Only of this name.
    public var name: String?
    /// Only of this category.
    public var category: String?
    /// Only of this period.
    public var period: String?
    /// Only about this person.
    public var userID: UUID?
    /// Only from this time on.
    public var from: Date?
    /// Only before this time.
    public var to: Date?
    /// 1 to 500; absent for 50.
    public var pageSize: Int?
    /// From the page before.
    public var pageToken: String?

    /// Asks for figures.
    public init(
        name: String? = nil, category: String? = nil, period: String? = nil, userID: UUID? = nil,
        from: Date? = nil, to: Date? = nil, pageSize: Int? = nil, pageToken: String? = nil
    ) {
        self.name = name
        self.category = category
        self.period = period
        self.userID = userID
        self.from = from
        self.to = to
        self.pageSize = pageSize
        self.pageToken = pageToken
    }

    public typealias Reply = MetricValuePage

    public static let contract = MethodContract(
        "audit.ListMetricValues",
        documentation: "Lists figures of the business, newest first.",
        access: .permission("metrics:read"),
        repeatability: .readOnly,
        unknownFields: .reject
    )

    public static let fieldDocumentation = [
        "name": "Only of this name.",
        "category": "Only of this category.",
        "period": "Only of this period.",
        "userID": "Only about this person.",
        "from": "Only from this time on.",
        "to": "Only before this time.",
        "pageSize": "1 to 500; absent for 50.",
        "pageToken": "From the page before, with the same filters.",
    ]
}

/// Some figures, newest first.
public struct MetricValuePage: Codable, Hashable, Sendable, DocumentedFields {
    /// Newest first.
    public var values: [MetricValue]
    /// Asks for the next page; `nil` on the last one.
    public var nextPageToken: String?

    /// Makes a page.
    public init(values: [MetricValue], nextPageToken: String? = nil) {
        self.values = values
        self.nextPageToken = nextPageToken
    }

    public static let fieldDocumentation = [
        "values": "Newest first.",
        "nextPageToken": "Asks for the next page; absent on the last one.",
    ]
}
