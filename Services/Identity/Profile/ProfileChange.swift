internal import IdentityAPI
internal import Postgres
internal import RPC

/// What somebody wants changed about themselves, checked.
struct ProfileChange: Sendable {
    /// `column = value` for each field that was given.
    private(set) var assignments: [SQL] = []
    /// The version the caller saw, if they said.
    let expectedVersion: Int64?

    /// Checks a request.
    init(_ request: UpdateProfile) throws {
        self.expectedVersion = request.expectedVersion
        if let name = request.displayName {
            let name = try TextRules.check(name, field: "displayName", range: 1...200)
            self.assignments.append("display_name = \(name)")
        }
        if request.firstName != nil {
            let name = try TextRules.checkOptional(
                request.firstName, field: "firstName", atMost: 150)
            self.assignments.append("first_name = \(name)")
        }
        if request.lastName != nil {
            let name = try TextRules.checkOptional(
                request.lastName, field: "lastName", atMost: 150)
            self.assignments.append("last_name = \(name)")
        }
        if request.phone != nil {
            self.assignments.append("phone = \(try TextRules.checkPhone(request.phone))")
        }
        if let timeZone = request.timeZone {
            self.assignments.append("time_zone = \(try TextRules.checkTimeZone(timeZone))")
        }
        guard request.avatarFileID == nil || request.removesAvatar != true else {
            throw RPCError.invalid(
                "removesAvatar", "avatar_ambiguous", "Give an image or remove it, not both.")
        }
        if request.avatarFileID != nil || request.removesAvatar == true {
            self.assignments.append("avatar_file_id = \(request.avatarFileID)")
        }
        if let object = request.preferences {
            let stored = try StoredObject.encode(object, field: "preferences")
            self.assignments.append("preferences = \(stored)")
        }
        if let object = request.workspaceSettings {
            let stored = try StoredObject.encode(object, field: "workspaceSettings")
            self.assignments.append("workspace_settings = \(stored)")
        }
    }
}
