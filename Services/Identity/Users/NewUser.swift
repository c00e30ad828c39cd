internal import FoundationEssentials
internal import Postgres
internal import RPC
internal import ServiceKit

/// An account that is about to be made.
struct NewUser: Sendable {
    var id = UUID.version7()
    var email: String
    var username: String?
    var displayName: String
    var firstName: String?
    var lastName: String?
    var phone: String?
    var timeZone = "UTC"
    var isStaff = false
    var isVerified = false
    var metadata = JSONText("{}")
    var passwordHash: String?
    var createdBy: UUID?

    /// Inserts the account and its password; returns its id, or no row if a name is taken and
    /// `skipsTaken` is set.
    func insert(skipsTaken: Bool) -> SQL {
        let conflict: SQL = skipsTaken ? "ON CONFLICT DO NOTHING" : ""
        return """
            WITH person AS (
                INSERT INTO identity.users (id, email, email_key, username, display_name,
                    first_name, last_name, phone, time_zone, is_staff, is_verified, metadata,
                    created_by, password_changed_at)
                VALUES (\(self.id), \(self.email), \(IdentifierRules.key(self.email)),
                    \(self.username), \(self.displayName), \(self.firstName),
                    \(self.lastName), \(self.phone), \(self.timeZone), \(self.isStaff),
                    \(self.isVerified), \(self.metadata),
                    \(self.createdBy),
                    CASE WHEN \(self.passwordHash != nil) THEN now() END)
                \(fragment: conflict)
                RETURNING id
            ), password AS (
                INSERT INTO identity.password_hashes (user_id, password_hash)
                SELECT id, \(self.passwordHash) FROM person WHERE \(self.passwordHash != nil)
            )
            SELECT id FROM person
            """
    }

    /// Publishes what the person is called, if the account was inserted by a statement before this
    /// one; goes last.
    var publish: SQL {
        """
        SELECT identity.publish_access('profile', identity.person_profile(u.id))
        FROM identity.users u WHERE u.id = \(self.id)
        """
    }

    /// Whether the account was inserted by a statement before this one.
    var exists: SQL { "EXISTS (SELECT FROM identity.users WHERE id = \(self.id))" }
}

extension NewUser {
    /// Checks a user name that may be absent or empty.
    static func username(_ text: String?) throws(RPCError) -> String? {
        guard let text, !text.isEmpty else { return nil }
        return try IdentifierRules.checkUsername(text)
    }

    /// What an attacker who guesses this person's password knows of them.
    var knownWords: [String] {
        PasswordPolicy.knownWords(
            email: self.email, username: self.username,
            names: [self.displayName, self.firstName, self.lastName])
    }
}
