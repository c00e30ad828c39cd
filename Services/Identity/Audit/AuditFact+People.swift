internal import AuditAPI
internal import FoundationEssentials
internal import IdentityAPI
internal import RPC
internal import ServiceKit

/// What is recorded of accounts.
extension AuditFact {
    /// Somebody made their own account.
    static func signedUp(_ user: NewUser, from source: SignInSource) -> AuditFact {
        AuditFact(
            .userCreated, of: AuditResource("user", user.id), actorID: user.id,
            payload: AuditPayload(
                username: user.username ?? user.email,
                clientAddress: source.clientAddress.map { "\($0)" },
                details: Self.details(of: user, ["how": .string("sign_up")])))
    }

    /// An operator made an account that may do everything.
    static func administratorCreated(
        _ user: NewUser, byOperator operatorID: UInt32
    ) -> AuditFact {
        AuditFact(
            .userCreated, of: AuditResource("user", user.id),
            payload: AuditPayload(
                details: Self.details(
                    of: user,
                    [
                        "how": .string("create_administrator"),
                        "operatorUID": .integer(Int64(operatorID)),
                        "roles": .strings(["superadmin"]),
                    ])))
    }

    private static func details(of user: NewUser, _ others: [String: JSONValue]) -> JSONValue {
        var details = others
        details["email"] = .string(user.email)
        details["username"] = user.username.map(JSONValue.string)
        details["displayName"] = .string(user.displayName)
        return .object(details)
    }

    /// An administrator made an account.
    static func userCreated(_ user: User) -> AuditFact {
        var details: [String: JSONValue] = [
            "how": .string("create_user"), "email": .string(user.email),
            "displayName": .string(user.displayName), "roles": .strings(user.roles),
            "isStaff": .boolean(user.isStaff), "isVerified": .boolean(user.isVerified),
        ]
        details["username"] = user.username.map(JSONValue.string)
        return AuditFact(
            .userCreated, of: AuditResource("user", user.id),
            payload: AuditPayload(details: .object(details)))
    }

    /// Somebody changed their profile; `nil` if everything is as it was.
    static func userUpdated(from old: User, to new: User) -> AuditFact? {
        var changes = AuditChanges()
        changes.compare("displayName", old.displayName, new.displayName)
        changes.compare("firstName", old.firstName, new.firstName)
        changes.compare("lastName", old.lastName, new.lastName)
        changes.compare("phone", old.phone, new.phone)
        changes.compare("timeZone", old.timeZone, new.timeZone)
        changes.compare(
            "avatarFileID", old.avatarFileID?.uuidString.lowercased(),
            new.avatarFileID?.uuidString.lowercased())
        changes.compareMembers("preferences", old.preferences, new.preferences)
        changes.compareMembers(
            "workspaceSettings", old.workspaceSettings, new.workspaceSettings)
        guard let value = changes.value else { return nil }
        return AuditFact(
            .userUpdated, of: AuditResource("user", new.id),
            payload: AuditPayload(username: new.auditName, changes: value))
    }

    /// An account was disabled or enabled.
    static func userActivityChanged(_ user: User, endedSessionCount: Int) -> AuditFact {
        var changes = AuditChanges()
        changes.compare("isActive", .boolean(!user.isActive), .boolean(user.isActive))
        let details: JSONValue? =
            user.isActive ? nil : .object(["endedSessionCount": .count(endedSessionCount)])
        return AuditFact(
            user.isActive ? .userEnabled : .userDisabled, of: AuditResource("user", user.id),
            payload: AuditPayload(details: details, changes: changes.value),
            priority: user.isActive ? .ordinary : .repair)
    }
}
