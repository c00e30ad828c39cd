internal import VaultAPI

internal import struct FoundationEssentials.Date
internal import struct FoundationEssentials.UUID

/// Tells whether rows are what the vault wrote last: by their MAC, and by the newest revision that
/// the keyring knows, which lies outside the database.
struct RowGuard: Sendable {
    let keyring: Keyring

    /// What a row turned out to be.
    enum Finding: String, Hashable, Sendable {
        /// What the vault wrote last.
        case genuine
        /// Somebody else has changed it.
        case altered
        /// It is from before a change that was acknowledged.
        case older
        /// It is not there, and should be.
        case missing
    }

    /// Looks at a row.
    ///
    /// - Parameter known: the newest revision that the keyring knew before the row was read: a
    ///   change may be acknowledged between the reading and this.
    func finding(_ row: some AuthenticatedRow, known: Int64?) throws -> Finding {
        guard try row.isAuthentic(to: self.keyring) else { return .altered }
        return row.revision < known ?? 0 ? .older : .genuine
    }

    /// Tells the keyring of a genuine row that it does not know yet: the vault was interrupted
    /// between the commit and the acknowledgement.
    func acknowledge(_ row: some AuthenticatedRow) async throws {
        guard self.keyring.revision(of: row.id) ?? 0 < row.revision else { return }
        try await self.keyring.acknowledge(secret: row.id, revision: row.revision)
    }

    /// Does the work of checking a row where there is none, so that time does not tell.
    func pretend() throws {
        _ = try Self.decoy.isAuthentic(to: self.keyring)
    }

    private static let nobody = UUID(uuid: (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0))
    private static let decoy = SecretRecord(
        id: nobody, name: "a name of usual length", displayName: "a name of usual length",
        type: .generic, ownerID: nobody, requiredPermission: "resource:action",
        createdAt: Date(microseconds: 1), updatedAt: Date(microseconds: 1), createdBy: nobody,
        latestVersion: 1, currentVersion: 1, rowMAC: Array(repeating: 0, count: 32))
}
