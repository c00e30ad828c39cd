internal import IdentityAPI
internal import Postgres

/// The SQL of what identity says of people: it knows everybody, the log only those whom it has
/// heard of.
struct PeopleStore: Sendable {
    let database: Database

    /// Writes people down, or what they are called now.
    func keep(_ profiles: [PersonProfile]) async throws {
        let known = profiles.filter { !$0.isErased }
        let erased = profiles.filter(\.isErased).map(\.userID)
        _ = try await self.database.write(
            """
            INSERT INTO audit.people (user_id, username)
            SELECT n.user_id, left(n.username, 200)
            FROM unnest(\(known.map(\.userID)), \(known.map(\.username))) AS n (user_id, username)
            ON CONFLICT (user_id) DO NOTHING
            """,
            """
            UPDATE audit.people AS p SET username = left(n.username, 200)
            FROM unnest(\(known.map(\.userID)), \(known.map(\.username))) AS n (user_id, username)
            WHERE p.user_id = n.user_id AND NOT p.is_erased
                AND n.username IS NOT NULL AND p.username IS DISTINCT FROM left(n.username, 200)
            """,
            """
            INSERT INTO audit.people (user_id, is_active, is_erased)
            SELECT n.user_id, false, true FROM unnest(\(erased)) AS n (user_id)
            ON CONFLICT (user_id) DO NOTHING
            """,
            """
            UPDATE audit.people SET username = NULL, display_name = NULL, roles = '{}',
                is_active = false, is_erased = true
            WHERE user_id = ANY (\(erased)) AND NOT is_erased
            """,
            as: .purpose("follow"), deadline: .now + .seconds(10))
    }
}
