public import RPC

/// Makes an account for whoever asks, where the organisation allows it.
///
/// The answer is the same whether the account was made or the address or user name was taken, so
/// that nobody learns from it who has an account.  Sign in afterwards with ``SignIn``.
public struct SignUp: UnaryMethod {
    /// The address to sign in with; at most 254 characters.
    public var email: String
    /// At least 15 characters unless configured otherwise, at most 128; not a common one.
    public var password: String
    /// The name others see; 1 to 200 characters.
    public var displayName: String
    /// A second name to sign in with: 3 to 64 of a-z, 0-9, '.', '_' and '-'.
    public var username: String?
    /// Given name; at most 150 characters.
    public var firstName: String?
    /// Family name; at most 150 characters.
    public var lastName: String?
    /// An IANA name such as Europe/Berlin; UTC if absent.
    public var timeZone: String?

    /// Asks for an account.
    public init(
        email: String,
        password: String,
        displayName: String,
        username: String? = nil,
        firstName: String? = nil,
        lastName: String? = nil,
        timeZone: String? = nil
    ) {
        self.email = email
        self.password = password
        self.displayName = displayName
        self.username = username
        self.firstName = firstName
        self.lastName = lastName
        self.timeZone = timeZone
    }

    public typealias Reply = Empty

    public static let contract = MethodContract(
        "identity.SignUp",
        documentation:
            "Makes an account; answers alike when the address is taken. Sign in afterwards.",
        access: .anyone,
        repeatability: .idempotent,
        auditAction: "user_created",
        unknownFields: .reject,
        defaultTimeout: .seconds(10)
    )

    public static let fieldDocumentation = [
        "email": "The address to sign in with; at most 254 characters.",
        "password":
            "At least 15 characters unless configured otherwise, at most 128; not a common one.",
        "displayName": "The name others see; 1 to 200 characters.",
        "username": "A second name to sign in with: 3 to 64 of a-z, 0-9, '.', '_' and '-'.",
        "firstName": "Given name; at most 150 characters.",
        "lastName": "Family name; at most 150 characters.",
        "timeZone": "An IANA name such as Europe/Berlin; UTC if absent.",
    ]
}
