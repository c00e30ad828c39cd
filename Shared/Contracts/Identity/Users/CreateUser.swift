public import RPC

/// Makes an account for somebody else.
///
/// Without a password the person cannot sign in with one.  Roles may only be given by somebody who
/// holds every permission they grant.
public struct CreateUser: UnaryMethod {
    /// The address to sign in with; at most 254 characters.
    public var email: String
    /// The name others see; 1 to 200 characters.
    public var displayName: String
    /// A second name to sign in with: 3 to 64 of a-z, 0-9, '.', '_' and '-'.
    public var username: String?
    /// A first password; absent for an account that cannot sign in with one.
    public var password: String?
    /// Given name; at most 150 characters.
    public var firstName: String?
    /// Family name; at most 150 characters.
    public var lastName: String?
    /// Digits, spaces and + - ( ) . /, at most 32 characters.
    public var phone: String?
    /// An IANA name such as Europe/Berlin; UTC if absent.
    public var timeZone: String?
    /// Whether the person belongs to the organisation's staff; false if absent.
    public var isStaff: Bool?
    /// Whether the address is known to be the person's; false if absent.
    public var isVerified: Bool?
    /// Roles beside member; granting them also needs roles:write.
    public var roles: [String]?
    /// Free facts; at most 16 KiB as JSON and 8 levels deep.
    public var metadata: [String: JSONValue]?

    /// Asks for an account.
    public init(
        email: String,
        displayName: String,
        username: String? = nil,
        password: String? = nil,
        firstName: String? = nil,
        lastName: String? = nil,
        phone: String? = nil,
        timeZone: String? = nil,
        isStaff: Bool? = nil,
        isVerified: Bool? = nil,
        roles: [String]? = nil,
        metadata: [String: JSONValue]? = nil
    ) {
        self.email = email
        self.displayName = displayName
        self.username = username
        self.password = password
        self.firstName = firstName
        self.lastName = lastName
        self.phone = phone
        self.timeZone = timeZone
        self.isStaff = isStaff
        self.isVerified = isVerified
        self.roles = roles
        self.metadata = metadata
    }

    public typealias Reply = User

    public static let contract = MethodContract(
        "identity.CreateUser",
        documentation: "Makes an account for somebody else.",
        access: .permission("users:write"),
        repeatability: .withKey,
        auditAction: "user_created",
        unknownFields: .reject,
        defaultTimeout: .seconds(10)
    )

    public static let fieldDocumentation = [
        "email": "The address to sign in with; at most 254 characters.",
        "displayName": "The name others see; 1 to 200 characters.",
        "username": "A second name to sign in with: 3 to 64 of a-z, 0-9, '.', '_' and '-'.",
        "password": "A first password; absent for an account that cannot sign in with one.",
        "firstName": "Given name; at most 150 characters.",
        "lastName": "Family name; at most 150 characters.",
        "phone": "Digits, spaces and + - ( ) . /, at most 32 characters.",
        "timeZone": "An IANA name such as Europe/Berlin; UTC if absent.",
        "isStaff": "Whether the person belongs to the organisation's staff; false if absent.",
        "isVerified": "Whether the address is known to be the person's; false if absent.",
        "roles": "Roles beside member; granting them also needs roles:write.",
        "metadata": "Free facts; at most 16 KiB as JSON and 8 levels deep.",
    ]
}
