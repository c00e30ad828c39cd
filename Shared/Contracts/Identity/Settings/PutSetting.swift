public import RPC

/// Chooses the value of a setting.
public struct PutSetting: UnaryMethod {
    /// One of the keys that ListSettings shows.
    public var key: String
    /// A value of the setting's type.
    public var value: JSONValue
    /// Refuse (aborted, identity.version_conflict) if it changed since.
    public var expectedVersion: Int64?

    /// Asks for a value.
    public init(key: String, value: JSONValue, expectedVersion: Int64? = nil) {
        self.key = key
        self.value = value
        self.expectedVersion = expectedVersion
    }

    public typealias Reply = SystemSetting

    public static let contract = MethodContract(
        "identity.PutSetting",
        documentation: "Chooses the value of a setting; takes effect at once.",
        access: .permission("settings:write"),
        repeatability: .idempotent,
        keyedAnswer: .kept,
        auditAction: "setting_changed",
        unknownFields: .reject
    )

    public static let fieldDocumentation = [
        "key": "One of the keys that ListSettings shows.",
        "value": "A value of the setting's type.",
        "expectedVersion": "Refuse (aborted, identity.version_conflict) if it changed since.",
    ]
}
