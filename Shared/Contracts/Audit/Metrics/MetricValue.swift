public import RPC

public import struct FoundationEssentials.Date
public import struct FoundationEssentials.UUID

/// A figure of the business for a period, such as the orders of a day.
public struct MetricValue: Codable, Hashable, Sendable, DocumentedFields {
    /// UUIDv7.
    public var id: UUID
    /// What the figure is.
    public var name: String
    /// What it belongs to.
    public var category: String
    /// The figure, to 15 digits.
    public var value: Double
    /// What it is about: `hourly`, `daily`, `weekly` or `monthly`, or one such as `2026-11`.
    public var period: String
    /// The person it is about, if it is about one.
    public var userID: UUID?
    /// When it held.
    public var recordedAt: Date
    /// Who put it here.
    public var recordedBy: UUID
    /// Further facts.
    public var metadata: [String: JSONValue]

    /// Describes a figure.
    public init(
        id: UUID, name: String, category: String, value: Double, period: String,
        userID: UUID? = nil, recordedAt: Date, recordedBy: UUID, metadata: [String: JSONValue]
    ) {
        self.id = id
        self.name = name
        self.category = category
        self.value = value
        self.period = period
        self.userID = userID
        self.recordedAt = recordedAt
        self.recordedBy = recordedBy
        self.metadata = metadata
    }

    public static let fieldDocumentation = [
        "id": "UUIDv7.",
        "name": "What the figure is.",
        "category": "What it belongs to.",
        "value": "The figure, to 15 digits.",
        "period": "What it is about: hourly, daily, weekly or monthly, or one such as 2026-11.",
        "userID": "The person it is about, if it is about one.",
        "recordedAt": "When it held.",
        "recordedBy": "Who put it here.",
        "metadata": "Further facts.",
    ]
}
