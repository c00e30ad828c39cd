public import RPC

/// Reports what the caller did that only a front end sees: pages viewed, time spent.
///
/// It is no part of the log, and as true as the front end is.  With an idempotency key it counts
/// once, however often it is sent.
public struct ReportActivity: UnaryMethod, KeyedRequest {
    /// 1 to 100 of them.
    public var activities: [Activity]
    /// The same key counts once.
    public var idempotencyKey: String?

    /// Reports activities.
    public init(activities: [Activity], idempotencyKey: String? = nil) {
        self.activities = activities
        self.idempotencyKey = idempotencyKey
    }

    public typealias Reply = ReportedActivities

    /// The most activities of one call.
    public static let activityLimit = 100

    public static let contract = MethodContract(
        "audit.ReportActivity",
        documentation: "Reports what the caller did that only a front end sees.",
        access: .signedIn,
        repeatability: .withKey,
        unknownFields: .reject
    )

    public static let fieldDocumentation = [
        "activities": "1 to 100 of them.",
        "idempotencyKey": "The same key counts once, however often it is sent.",
    ]
}

/// What was stored.
public struct ReportedActivities: Codable, Hashable, Sendable, DocumentedFields {
    /// How many activities.
    public var count: Int64

    /// Tells how many.
    public init(count: Int64) { self.count = count }

    public static let fieldDocumentation = ["count": "How many activities were stored."]
}
