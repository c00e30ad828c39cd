public import RPC

public import struct FoundationEssentials.Date
public import struct FoundationEssentials.UUID

/// Tells how long payloads of each class, and metrics, are kept.
public struct ListRetention: UnaryMethod {
    /// Asks for all of them.
    public init() {}

    public typealias Reply = RetentionList

    public static let contract = MethodContract(
        "audit.ListRetention",
        documentation: "Tells how long payloads of each class, and metrics, are kept.",
        access: .permission("audit:read"),
        repeatability: .readOnly,
        unknownFields: .reject
    )

    public static let fieldDocumentation: [String: String] = [:]
}

/// How long what is kept.
public struct RetentionList: Codable, Hashable, Sendable, DocumentedFields {
    /// One for each class.
    public var retentions: [RetentionSetting]

    /// Makes a list.
    public init(retentions: [RetentionSetting]) { self.retentions = retentions }

    public static let fieldDocumentation = ["retentions": "One for each class."]
}

/// How long one class is kept.
public struct RetentionSetting: Codable, Hashable, Sendable, DocumentedFields {
    /// What is kept.
    public var retentionClass: RetentionClass
    /// Days, from the end of the month of an event, or of the day of a sample.
    public var days: Int
    /// The days that count now: a shorter retention counts 24 hours after it was chosen.
    public var effectiveDays: Int
    /// When it was chosen.
    public var changedAt: Date
    /// Who chose it; `nil` for the default.
    public var changedBy: UUID?

    /// Describes a retention.
    public init(
        retentionClass: RetentionClass, days: Int, effectiveDays: Int, changedAt: Date,
        changedBy: UUID? = nil
    ) {
        self.retentionClass = retentionClass
        self.days = days
        self.effectiveDays = effectiveDays
        self.changedAt = changedAt
        self.changedBy = changedBy
    }

    public static let fieldDocumentation = [
        "retentionClass": "What is kept: security, access, operation or metrics.",
        "days": "Days, from the end of the month of an event, or of the day of a sample.",
        "effectiveDays":
            "The days that count now: a shorter retention counts 24 hours after it was chosen.",
        "changedAt": "When it was chosen.",
        "changedBy": "Who chose it; absent for the default.",
    ]
}
