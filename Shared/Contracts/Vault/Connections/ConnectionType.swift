public import RPC

/// What a connection leads to.
public struct ConnectionType: OpenEnumeration {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }

    /// A model that writes.
    public static let llmText = Self(rawValue: "llm_text")
    /// A model that speaks.
    public static let llmVoice = Self(rawValue: "llm_voice")
    /// A system of customers.
    public static let crm = Self(rawValue: "crm")
    /// A system of resources.
    public static let erp = Self(rawValue: "erp")

    public static let knownCases: [Self] = [.llmText, .llmVoice, .crm, .erp]
}
