internal import AuditAPI
internal import RPC

internal import struct FoundationEssentials.UUID

/// What an event of identity's says of a person: a value without I/O.
///
/// The event's resource is the `user`; its payload tells fields as they are, in `details`, or as
/// they were and became, in `changes`.
struct PersonNews: Hashable, Sendable {
    /// Who it is.
    let userID: UUID
    /// The new name; `nil` where it is not spoken of, as with all that follow.
    private(set) var username: String?
    private(set) var displayName: String?
    /// Sorted.
    private(set) var roles: [String]?
    private(set) var isActive: Bool?
    private(set) var isErased = false

    /// The actions that may say something of a person.
    static let actions: [AuditAction] = [
        .userCreated, .userUpdated, .userDisabled, .userEnabled, .userErased, .roleChanged,
        .permissionGranted, .permissionRevoked, .directorySynced,
    ]
    /// The longest name that is kept, in characters, and the most roles.
    private static let nameLimit = 200
    private static let roleLimit = 100

    /// Reads an event; `nil` if it says nothing of a person.
    init?(_ event: AuditEvent, _ payload: AuditPayload?) {
        guard Self.actions.contains(event.action), event.outcome == .succeeded,
            let userID = EntryColumns.subject(of: event)
        else { return nil }
        self.userID = userID
        if event.action == .userErased {
            self.isErased = true
            return
        }
        func value(_ name: String) -> JSONValue? {
            if case .array(let pair)? = payload?.changes?[member: name], pair.count == 2 {
                return pair[1]
            }
            return payload?.details?[member: name]
        }
        self.username =
            Self.name(value("username"))
            ?? (event.action == .userCreated ? Self.name(value("email")) : nil)
        self.displayName = Self.name(value("displayName"))
        if case .array(let names)? = value("roles") {
            self.roles = Array(Set(names.compactMap(Self.name)).sorted().prefix(Self.roleLimit))
        }
        switch event.action {
        case .userDisabled: self.isActive = false
        case .userEnabled: self.isActive = true
        default: if case .boolean(let isActive)? = value("isActive") { self.isActive = isActive }
        }
    }

    /// A text as it is kept; `nil` if it is none, or empty.
    private static func name(_ value: JSONValue?) -> String? {
        guard case .string(let text)? = value, !text.isEmpty else { return nil }
        return EntryColumns.text(text, limit: Self.nameLimit)
    }
}

extension JSONValue {
    /// The member of an object; `nil` where there is none or this is no object.
    fileprivate subscript(member name: String) -> JSONValue? {
        guard case .object(let members) = self else { return nil }
        return members[name]
    }
}
