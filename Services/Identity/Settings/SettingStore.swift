internal import FoundationEssentials
internal import IdentityAPI
package import Postgres

/// The SQL of settings.
struct SettingStore: Sendable {
    let database: Database

    /// All settings by key.
    func list(deadline: ContinuousClock.Instant?) async throws -> [SystemSetting] {
        try await self.database.read(
            Self.select + " ORDER BY key", as: .purpose("administration"), deadline: deadline
        ).decode()
    }

    private static let select: SQL = """
        SELECT key, value, description, updated_by, updated_at, version FROM identity.settings
        """

    /// One setting, kept from changing for the rest of the transaction.
    static func lock(key: String) -> SQL { Self.select + " WHERE key = \(key) FOR UPDATE" }

    /// Chooses a value.
    static func put(key: String, value: JSONText, by caller: UUID) -> SQL {
        """
        UPDATE identity.settings
        SET value = \(value), updated_by = \(caller), version = version + 1
        WHERE key = \(key)
        RETURNING key, value, description, updated_by, updated_at, version
        """
    }
}

extension SystemSetting: RowDecodable {
    package init(row: Row) throws {
        self.init(
            key: try row.get("key"), value: try SettingRules.decode(row.get("value")),
            description: try row.get("description"), updatedBy: try row.get("updated_by"),
            updatedAt: try row.get("updated_at"), version: try row.get("version"))
    }
}
