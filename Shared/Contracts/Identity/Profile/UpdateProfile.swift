public import RPC

public import struct FoundationEssentials.UUID

/// Changes the caller's own profile; fields that are absent stay as they are.
public struct UpdateProfile: UnaryMethod {
    /// The name others see; 1 to 200 characters.
    public var displayName: String?
    /// Given name, at most 150 characters; empty clears it.
    public var firstName: String?
    /// Family name, at most 150 characters; empty clears it.
    public var lastName: String?
    /// Digits, spaces and + - ( ) . /, at most 32 characters; empty clears it.
    public var phone: String?
    /// An IANA name such as Europe/Berlin.
    public var timeZone: String?
    /// The new profile image, a file of the workspace service.
    public var avatarFileID: UUID?
    /// Whether to have no profile image.
    public var removesAvatar: Bool?
    /// Replaces all preferences; at most 16 KiB as JSON and 8 levels deep.
    public var preferences: [String: JSONValue]?
    /// Replaces all workspace settings; bounded like preferences.
    public var workspaceSettings: [String: JSONValue]?
    /// Refuse (aborted, identity.version_conflict) if it changed since.
    public var expectedVersion: Int64?

    /// Asks for changes.
    public init(
        displayName: String? = nil,
        firstName: String? = nil,
        lastName: String? = nil,
        phone: String? = nil,
        timeZone: String? = nil,
        avatarFileID: UUID? = nil,
        removesAvatar: Bool? = nil,
        preferences: [String: JSONValue]? = nil,
        workspaceSettings: [String: JSONValue]? = nil,
        expectedVersion: Int64? = nil
    ) {
        self.displayName = displayName
        self.firstName = firstName
        self.lastName = lastName
        self.phone = phone
        self.timeZone = timeZone
        self.avatarFileID = avatarFileID
        self.removesAvatar = removesAvatar
        self.preferences = preferences
        self.workspaceSettings = workspaceSettings
        self.expectedVersion = expectedVersion
    }

    /// The profile after the change.
    public typealias Reply = User

    public static let contract = MethodContract(
        "identity.UpdateProfile",
        documentation: "Changes the caller's own profile; absent fields stay as they are.",
        access: .signedIn,
        repeatability: .idempotent,
        keyedAnswer: .kept,
        auditAction: "user_updated",
        unknownFields: .reject
    )

    public static let fieldDocumentation = [
        "displayName": "The name others see; 1 to 200 characters.",
        "firstName": "Given name, at most 150 characters; empty clears it.",
        "lastName": "Family name, at most 150 characters; empty clears it.",
        "phone": "Digits, spaces and + - ( ) . /, at most 32 characters; empty clears it.",
        "timeZone": "An IANA name such as Europe/Berlin.",
        "avatarFileID": "The new profile image, a file of the workspace service.",
        "removesAvatar": "Whether to have no profile image.",
        "preferences": "Replaces all preferences; at most 16 KiB as JSON and 8 levels deep.",
        "workspaceSettings": "Replaces all workspace settings; bounded like preferences.",
        "expectedVersion": "Refuse (aborted, identity.version_conflict) if it changed since.",
    ]
}
