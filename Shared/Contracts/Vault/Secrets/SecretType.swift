public import RPC

/// What kind of credential a secret is.
public struct SecretType: OpenEnumeration {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }

    /// A key of a provider's interface.
    public static let apiKey = Self(rawValue: "api_key")
    /// A password.
    public static let password = Self(rawValue: "password")
    /// A token of OAuth.
    public static let oauthToken = Self(rawValue: "oauth_token")
    /// A certificate with its key.
    public static let certificate = Self(rawValue: "certificate")
    /// A private key of SSH.
    public static let sshKey = Self(rawValue: "ssh_key")
    /// What signs in to a database.
    public static let databaseCredential = Self(rawValue: "database_credential")
    /// Anything else.
    public static let generic = Self(rawValue: "generic")

    public static let knownCases: [Self] = [
        .apiKey, .password, .oauthToken, .certificate, .sshKey, .databaseCredential, .generic,
    ]
}
