public import RPC

/// Lists what administrators can choose while Steward runs.
public struct ListSettings: UnaryMethod {
    /// Asks for the list.
    public init() {}

    public typealias Reply = SettingList

    public static let contract = MethodContract(
        "identity.ListSettings",
        documentation: "Lists what administrators can choose while Steward runs.",
        access: .permission("settings:read"),
        repeatability: .readOnly,
        unknownFields: .reject
    )

    public static let fieldDocumentation: [String: String] = [:]
}

/// All settings.
public struct SettingList: Codable, Hashable, Sendable, DocumentedFields {
    /// All settings there are, by key.
    public var settings: [SystemSetting]

    /// Makes a list.
    public init(settings: [SystemSetting]) { self.settings = settings }

    public static let fieldDocumentation = ["settings": "All settings there are, by key."]
}
