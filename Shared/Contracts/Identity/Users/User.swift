public import RPC

public import struct FoundationEssentials.Date
public import struct FoundationEssentials.UUID

/// A person as they themselves and administrators see them.
public struct User: Codable, Hashable, Sendable, DocumentedFields {
    /// Stable for ever, also after the person was erased.
    public var id: UUID
    /// The address, as it was given.
    public var email: String
    /// A second name to sign in with; lower case.
    public var username: String?
    /// The name others see; also the full name.
    public var displayName: String
    /// Given name.
    public var firstName: String?
    /// Family name.
    public var lastName: String?
    /// In international form, such as +49 30 1234.
    public var phone: String?
    /// An IANA name such as Europe/Berlin.
    public var timeZone: String
    /// The profile image: a file that the workspace service keeps.
    public var avatarFileID: UUID?
    /// What programs remember for the person: theme, language, default model.
    public var preferences: [String: JSONValue]
    /// What the workspace remembers, such as preferred chart types.
    public var workspaceSettings: [String: JSONValue]
    /// Free facts that administrators keep.
    public var metadata: [String: JSONValue]
    /// Whether the person may do anything at all.
    public var isActive: Bool
    /// Whether the address is known to be the person's.
    public var isVerified: Bool
    /// Whether the person belongs to the organisation's staff.
    public var isStaff: Bool
    /// Whether a role or a grant gives every permission.
    public var isSuperuser: Bool
    /// Roles beside member, which everybody holds.
    public var roles: [String]
    /// Permissions granted to this one person, beside those of the roles.
    public var permissions: [String]
    /// Who made the account; absent for one who signed up.
    public var createdBy: UUID?
    /// When the account was made.
    public var createdAt: Date
    /// When anything of it last changed.
    public var updatedAt: Date
    /// When the person last signed in.
    public var lastSignInAt: Date?
    /// When the password was set; absent if there is none.
    public var passwordChangedAt: Date?
    /// Counts changes; give it as expectedVersion to change what you have seen.
    public var version: Int64

    /// Makes a user.
    public init(
        id: UUID,
        email: String,
        username: String? = nil,
        displayName: String,
        firstName: String? = nil,
        lastName: String? = nil,
        phone: String? = nil,
        timeZone: String = "UTC",
        avatarFileID: UUID? = nil,
        preferences: [String: JSONValue] = [:],
        workspaceSettings: [String: JSONValue] = [:],
        metadata: [String: JSONValue] = [:],
        isActive: Bool = true,
        isVerified: Bool = false,
        isStaff: Bool = false,
        isSuperuser: Bool = false,
        roles: [String] = [],
        permissions: [String] = [],
        createdBy: UUID? = nil,
        createdAt: Date,
        updatedAt: Date,
        lastSignInAt: Date? = nil,
        passwordChangedAt: Date? = nil,
        version: Int64 = 1
    ) {
        self.id = id
        self.email = email
        self.username = username
        self.displayName = displayName
        self.firstName = firstName
        self.lastName = lastName
        self.phone = phone
        self.timeZone = timeZone
        self.avatarFileID = avatarFileID
        self.preferences = preferences
        self.workspaceSettings = workspaceSettings
        self.metadata = metadata
        self.isActive = isActive
        self.isVerified = isVerified
        self.isStaff = isStaff
        self.isSuperuser = isSuperuser
        self.roles = roles
        self.permissions = permissions
        self.createdBy = createdBy
        self.createdAt = createdAt
        self.updatedAt = updatedAt
        self.lastSignInAt = lastSignInAt
        self.passwordChangedAt = passwordChangedAt
        self.version = version
    }

    public static let fieldDocumentation = [
        "id": "Stable for ever, also after the person was erased.",
        "email": "The address, as it was given.",
        "username": "A second name to sign in with; lower case.",
        "displayName": "The name others see; also the full name.",
        "firstName": "Given name.",
        "lastName": "Family name.",
        "phone": "In international form, such as +49 30 1234.",
        "timeZone": "An IANA name such as Europe/Berlin.",
        "avatarFileID": "The profile image: a file that the workspace service keeps.",
        "preferences": "What programs remember for the person: theme, language, default model.",
        "workspaceSettings": "What the workspace remembers, such as preferred chart types.",
        "metadata": "Free facts that administrators keep.",
        "isActive": "Whether the person may do anything at all.",
        "isVerified": "Whether the address is known to be the person's.",
        "isStaff": "Whether the person belongs to the organisation's staff.",
        "isSuperuser": "Whether a role or a grant gives every permission.",
        "roles": "Roles beside member, which everybody holds.",
        "permissions": "Permissions granted to this one person, beside those of the roles.",
        "createdBy": "Who made the account; absent for one who signed up.",
        "createdAt": "When the account was made.",
        "updatedAt": "When anything of it last changed.",
        "lastSignInAt": "When the person last signed in.",
        "passwordChangedAt": "When the password was set; absent if there is none.",
        "version": "Counts changes; give it as expectedVersion to change what you have seen.",
    ]
}
