public import RPC

public import struct FoundationEssentials.Data
public import struct FoundationEssentials.Date
public import struct FoundationEssentials.UUID

/// One fact about access; exactly the payload that belongs to its kind is present.
public struct AccessEvent: Codable, Hashable, Sendable, DocumentedFields {
    /// The position reached once this event is applied; never decreases within a stream.
    public var position: Int64
    /// What the event says.
    public var kind: AccessEventKind
    /// For `signing_key` and `signing_key_retired`.
    public var signingKey: SigningKey?
    /// For `role`.
    public var role: RoleAccess?
    /// For `person`.
    public var person: PersonAccess?
    /// For `session_revoked`.
    public var session: SessionRevocation?
    /// For `profile`.
    public var profile: PersonProfile?

    /// Makes an event.
    public init(
        position: Int64,
        kind: AccessEventKind,
        signingKey: SigningKey? = nil,
        role: RoleAccess? = nil,
        person: PersonAccess? = nil,
        session: SessionRevocation? = nil,
        profile: PersonProfile? = nil
    ) {
        self.position = position
        self.kind = kind
        self.signingKey = signingKey
        self.role = role
        self.person = person
        self.session = session
        self.profile = profile
    }

    public static let fieldDocumentation = [
        "position": "Position reached once this event is applied.",
        "kind": "What the event says; ignore kinds you do not know.",
        "signingKey": "The key, for signing_key and signing_key_retired.",
        "role": "The role with all its permissions, for role.",
        "person": "The person's whole access, for person.",
        "session": "The session that is no longer valid, for session_revoked.",
        "profile": "What a person is called, for profile.",
    ]
}

/// What an ``AccessEvent`` says.
public struct AccessEventKind: OpenEnumeration {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }

    /// Forget everything: a snapshot follows.
    public static let snapshotBegan = Self(rawValue: "snapshot_began")
    /// The snapshot is complete; from here on come changes.
    public static let snapshotEnded = Self(rawValue: "snapshot_ended")
    /// A key that signs access tokens.
    public static let signingKey = Self(rawValue: "signing_key")
    /// A key whose tokens are no longer valid.
    public static let signingKeyRetired = Self(rawValue: "signing_key_retired")
    /// A role's permissions.
    public static let role = Self(rawValue: "role")
    /// A person's roles, own permissions and state.
    public static let person = Self(rawValue: "person")
    /// A session that ended before its time.
    public static let sessionRevoked = Self(rawValue: "session_revoked")
    /// What a person is called; sent to those who ask for it.
    public static let profile = Self(rawValue: "profile")
    /// Nothing changed; sent at least every two seconds.
    public static let heartbeat = Self(rawValue: "heartbeat")

    public static let knownCases: [Self] = [
        .snapshotBegan, .snapshotEnded, .signingKey, .signingKeyRetired, .role, .person,
        .sessionRevoked, .profile, .heartbeat,
    ]
}

/// An Ed25519 key with which identity signs access tokens.
public struct SigningKey: Codable, Hashable, Sendable, DocumentedFields {
    /// The token header's `kid`.
    public var id: String
    /// 32 bytes.
    public var publicKey: Data

    /// Makes a key.
    public init(id: String, publicKey: Data) {
        self.id = id
        self.publicKey = publicKey
    }

    public static let fieldDocumentation = [
        "id": "The token header's kid.",
        "publicKey": "The Ed25519 public key, 32 bytes.",
    ]
}

/// A role with all its permissions.
public struct RoleAccess: Codable, Hashable, Sendable, DocumentedFields {
    /// The role's name; `member` is held by everybody.
    public var name: String
    /// Permissions as `resource:action`; `*:*` grants all.
    public var permissions: [String]
    /// Whether the role was deleted.
    public var isDeleted: Bool

    /// Makes a role.
    public init(name: String, permissions: [String], isDeleted: Bool = false) {
        self.name = name
        self.permissions = permissions
        self.isDeleted = isDeleted
    }

    public static let fieldDocumentation = [
        "name": "The role's name; member is held by everybody.",
        "permissions": "All permissions of the role, as resource:action; *:* grants all.",
        "isDeleted": "Whether the role was deleted.",
    ]
}

/// A person's access as a whole.  Active people without roles of their own are not sent.
public struct PersonAccess: Codable, Hashable, Sendable, DocumentedFields {
    /// Who it is.
    public var userID: UUID
    /// Whether the person may do anything at all.
    public var isActive: Bool
    /// Roles beside `member`.
    public var roles: [String]
    /// Permissions granted to this one person.
    public var permissions: [String]
    /// Tokens issued before this time are refused.
    public var tokensValidAfter: Date?

    /// Makes a person's access.
    public init(
        userID: UUID,
        isActive: Bool,
        roles: [String],
        permissions: [String],
        tokensValidAfter: Date? = nil
    ) {
        self.userID = userID
        self.isActive = isActive
        self.roles = roles
        self.permissions = permissions
        self.tokensValidAfter = tokensValidAfter
    }

    public static let fieldDocumentation = [
        "userID": "Who it is.",
        "isActive": "Whether the person may do anything at all.",
        "roles": "Roles beside member.",
        "permissions": "Permissions granted to this one person.",
        "tokensValidAfter": "Tokens issued before this time are refused.",
    ]
}

/// What a person is called.  Everybody's is sent, also of those who hold nothing.
public struct PersonProfile: Codable, Hashable, Sendable, DocumentedFields {
    /// Who it is.
    public var userID: UUID
    /// The user name, or the address of who has none; `nil` for who was erased.
    public var username: String?
    /// Whether everything personal about them was erased.
    public var isErased: Bool

    /// Makes a profile.
    public init(userID: UUID, username: String? = nil, isErased: Bool = false) {
        self.userID = userID
        self.username = username
        self.isErased = isErased
    }

    public static let fieldDocumentation = [
        "userID": "Who it is.",
        "username": "The user name, or the address of who has none; absent for who was erased.",
        "isErased": "Whether everything personal about them was erased.",
    ]
}

/// A session that ended before its time.
public struct SessionRevocation: Codable, Hashable, Sendable, DocumentedFields {
    /// Which session.
    public var sessionID: UUID
    /// Whose it was.
    public var userID: UUID
    /// No token of it is valid after this time, so it need not be remembered longer.
    public var until: Date

    /// Makes a revocation.
    public init(sessionID: UUID, userID: UUID, until: Date) {
        self.sessionID = sessionID
        self.userID = userID
        self.until = until
    }

    public static let fieldDocumentation = [
        "sessionID": "Which session.",
        "userID": "Whose it was.",
        "until": "No token of it is valid after this time.",
    ]
}
