public import RPC

public import struct FoundationEssentials.Date
public import struct FoundationEssentials.UUID

/// Keeps a figure of the business for a period.
public struct PutMetric: UnaryMethod, KeyedRequest {
    /// What the figure is; 1 to 100 characters.
    public var name: String
    /// What it belongs to; 1 to 50 characters.
    public var category: String
    /// The figure, finite, smaller than 10^40.
    public var value: Double
    /// What it is about, 1 to 20 characters; `daily` if absent.
    public var period: String?
    /// The person it is about; goes when the person is erased.
    public var userID: UUID?
    /// When it held; now if absent.
    public var recordedAt: Date?
    /// Further facts; at most 16 KiB as JSON and 8 levels deep.
    public var metadata: [String: JSONValue]?
    /// Makes a repeated call harmless.
    public var idempotencyKey: String?

    /// Describes a figure.
    public init(
        name: String, category: String, value: Double, period: String? = nil,
        userID: UUID? = nil, recordedAt: Date? = nil, metadata: [String: JSONValue]? = nil,
        idempotencyKey: String? = nil
    ) {
        self.name = name
        self.category = category
        self.value = value
        self.period = period
        self.userID = userID
        self.recordedAt = recordedAt
        self.metadata = metadata
        self.idempotencyKey = idempotencyKey
    }

    public typealias Reply = MetricValue

    public static let contract = MethodContract(
        "audit.PutMetric",
        documentation: "Keeps a figure of the business for a period.",
        access: .permission("metrics:write"),
        repeatability: .withKey,
        unknownFields: .reject
    )

    public static let fieldDocumentation = [
        "name": "What the figure is; 1 to 100 characters.",
        "category": "What it belongs to; 1 to 50 characters.",
        "value": "The figure, finite, smaller than 10^40; kept to 15 digits.",
        "period": "What it is about, 1 to 20 characters; daily if absent.",
        "userID": "The person it is about; the figure goes when the person is erased.",
        "recordedAt": "When it held; now if absent.",
        "metadata": "Further facts; at most 16 KiB as JSON and 8 levels deep.",
        "idempotencyKey": "Makes a repeated call harmless.",
    ]
}
