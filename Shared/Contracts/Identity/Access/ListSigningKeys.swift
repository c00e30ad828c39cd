public import RPC

/// Lists the keys that verify access tokens.
public struct ListSigningKeys: UnaryMethod {
    /// Asks for the keys.
    public init() {}

    public typealias Reply = SigningKeyList

    public static let contract = MethodContract(
        "identity.ListSigningKeys",
        documentation: "Lists the public keys whose access tokens are valid.",
        access: .anyone,
        repeatability: .readOnly,
        unknownFields: .reject
    )

    public static let fieldDocumentation: [String: String] = [:]
}

/// The keys that verify access tokens.
public struct SigningKeyList: Codable, Hashable, Sendable, DocumentedFields {
    /// Every key that is in use or signed tokens that may still be valid.
    public var keys: [SigningKey]

    /// Makes a list.
    public init(keys: [SigningKey]) { self.keys = keys }

    public static let fieldDocumentation = [
        "keys": "Every key that is in use or signed tokens that may still be valid."
    ]
}
