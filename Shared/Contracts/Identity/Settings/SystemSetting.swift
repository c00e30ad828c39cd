public import RPC

public import struct FoundationEssentials.Date
public import struct FoundationEssentials.UUID

/// Something about the installation that administrators choose while it runs.
public struct SystemSetting: Codable, Hashable, Sendable, DocumentedFields {
    /// Which setting, such as sign_up.is_open.
    public var key: String
    /// What was chosen.
    public var value: JSONValue
    /// What it decides, and what may be chosen.
    public var description: String
    /// Who chose it; absent where nobody has.
    public var updatedBy: UUID?
    /// When it was chosen.
    public var updatedAt: Date
    /// Counts changes.
    public var version: Int64

    /// Makes a setting.
    public init(
        key: String,
        value: JSONValue,
        description: String,
        updatedBy: UUID? = nil,
        updatedAt: Date,
        version: Int64
    ) {
        self.key = key
        self.value = value
        self.description = description
        self.updatedBy = updatedBy
        self.updatedAt = updatedAt
        self.version = version
    }

    public static let fieldDocumentation = [
        "key": "Which setting, such as sign_up.is_open.",
        "value": "What was chosen.",
        "description": "What it decides, and what may be chosen.",
        "updatedBy": "Who chose it; absent where nobody has.",
        "updatedAt": "When it was chosen.",
        "version": "Counts changes.",
    ]
}
