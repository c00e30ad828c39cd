public import RPC

/// Sets a new password for the caller, who proves that they know the old one.
public struct ChangePassword: UnaryMethod {
    /// The password as it is now.
    public var currentPassword: String
    /// At least 15 characters unless configured otherwise, at most 128; not a common one.
    public var newPassword: String
    /// Whether other sessions go on; false if absent.
    public var keepsOtherSessions: Bool?

    /// Asks for a new password.
    public init(currentPassword: String, newPassword: String, keepsOtherSessions: Bool? = nil) {
        self.currentPassword = currentPassword
        self.newPassword = newPassword
        self.keepsOtherSessions = keepsOtherSessions
    }

    public typealias Reply = PasswordChanged

    public static let contract = MethodContract(
        "identity.ChangePassword",
        documentation: "Sets a new password and ends the caller's other sessions.",
        access: .signedIn,
        repeatability: .never,
        auditAction: "password_changed",
        unknownFields: .reject,
        defaultTimeout: .seconds(10)
    )

    public static let fieldDocumentation = [
        "currentPassword": "The password as it is now.",
        "newPassword":
            "At least 15 characters unless configured otherwise, at most 128; not a common one.",
        "keepsOtherSessions": "Whether other sessions go on; false if absent.",
    ]
}

/// What a change of password did.
public struct PasswordChanged: Codable, Hashable, Sendable, DocumentedFields {
    /// How many other sessions were ended.
    public var revokedSessionCount: Int

    /// Makes an answer.
    public init(revokedSessionCount: Int) { self.revokedSessionCount = revokedSessionCount }

    public static let fieldDocumentation = [
        "revokedSessionCount": "How many other sessions were ended."
    ]
}
