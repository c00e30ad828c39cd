internal import FoundationEssentials
internal import IdentityAPI
internal import Postgres

/// Which accounts to list.
struct UserFilter: Sendable {
    /// The beginning of an address or user name, in the form that is looked up.
    var prefix: String?
    var role: String?
    var isActive: Bool?
    /// Only accounts made before this one.
    var before: UUID?
    var limit: Int
}

/// The SQL of administering accounts.  Changes run inside ``Administration``.
struct UserStore: Sendable {
    let database: Database

    /// One account.
    func user(_ id: UUID, deadline: ContinuousClock.Instant?) async throws -> User? {
        try await self.database.read(
            UserRow.select(id: id), as: .purpose("administration"), deadline: deadline
        ).decodeFirst()
    }

    /// Accounts, the newest first: their ids grow with time.
    func list(
        _ filter: UserFilter, deadline: ContinuousClock.Instant?
    ) async throws -> [User] {
        var conditions: [SQL] = ["u.erased_at IS NULL"]
        if let prefix = filter.prefix {
            // The operators of the indexes on prefixes; no text of the prefix sorts after it
            // followed by the last code point.
            let end = prefix + "\u{10FFFF}"
            conditions.append(
                """
                ((u.email_key ~>=~ \(prefix) AND u.email_key ~<~ \(end))
                    OR (u.username ~>=~ \(prefix) AND u.username ~<~ \(end)))
                """)
        }
        if let role = filter.role {
            conditions.append(
                """
                u.id IN (SELECT ur.user_id FROM identity.user_roles ur
                         JOIN identity.roles r ON r.id = ur.role_id WHERE r.name = \(role))
                """)
        }
        if let isActive = filter.isActive { conditions.append("u.is_active = \(isActive)") }
        if let before = filter.before { conditions.append("u.id < \(before)") }
        return try await self.database.query(
            UserRow.select + " WHERE " + conditions.joined(separator: " AND ")
                + " ORDER BY u.id DESC LIMIT \(filter.limit)",
            as: .purpose("administration"), deadline: deadline
        ).decode()
    }

    /// Disables or enables an account; affects no row if it is so already.
    static func setActive(_ id: UUID, _ isActive: Bool) -> SQL {
        """
        UPDATE identity.users SET is_active = \(isActive), version = version + 1
        WHERE id = \(id) AND is_active <> \(isActive) AND erased_at IS NULL
        """
    }
}
