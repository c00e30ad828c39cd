public import RPC

/// Proves who one is with a password and opens a session.
///
/// Unknown names, disabled accounts, accounts without a password, wrong passwords and sign-ins that
/// are throttled all fail alike, in text and in time: `identity.credentials_invalid`.
public struct SignIn: UnaryMethod {
    /// E-mail address or user name, in any letter case.
    public var identifier: String
    /// The password.
    public var password: String
    /// What the person uses, shown in the list of sessions; up to 512 characters.
    public var userAgent: String?

    /// Asks for a session.
    public init(identifier: String, password: String, userAgent: String? = nil) {
        self.identifier = identifier
        self.password = password
        self.userAgent = userAgent
    }

    public typealias Reply = SignedIn

    public static let contract = MethodContract(
        "identity.SignIn",
        documentation: "Opens a session with an e-mail address or user name and a password.",
        access: .anyone,
        repeatability: .never,
        keyedAnswer: .credential,
        auditAction: "signed_in",
        unknownFields: .reject,
        defaultTimeout: .seconds(10)
    )

    public static let fieldDocumentation = [
        "identifier": "E-mail address or user name, in any letter case.",
        "password": "The password.",
        "userAgent": "What the person uses, shown in the list of sessions; up to 512 characters.",
    ]
}
