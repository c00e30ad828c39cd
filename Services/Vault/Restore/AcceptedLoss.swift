internal import Postgres

internal import struct FoundationEssentials.UUID

/// A row that the keyring knows and a restored database does not have, as an operator has accepted.
struct AcceptedLoss: Encodable, Sendable {
    let objectID: UUID
    let revision: Int64
    let reason: String

    private var authenticatedBytes: [UInt8] {
        get throws { try AuthenticatedBytes.of("steward.vault.row.loss.v1", self) }
    }

    /// The statement that stores it.
    func insert(by keyring: Keyring) throws -> SQL {
        """
        INSERT INTO vault.accepted_losses (object_id, revision, reason, row_mac)
        VALUES (\(self.objectID), \(self.revision), \(self.reason),
            \(try keyring.authenticate(try self.authenticatedBytes)))
        """
    }

    /// Up to which revision the loss of which rows was accepted.
    static func all(
        in database: Database, genuineTo keyring: Keyring
    ) async throws -> [UUID: Int64] {
        let rows = try await database.query(
            "SELECT object_id, revision, reason, row_mac FROM vault.accepted_losses",
            as: .nobody, deadline: .now + .seconds(60)
        ).rows
        var accepted: [UUID: Int64] = [:]
        for row in rows {
            let loss = AcceptedLoss(
                objectID: try row.get("object_id"), revision: try row.get("revision"),
                reason: try row.get("reason"))
            let isGenuine = try keyring.isAuthentic(
                try row.get("row_mac"), for: try loss.authenticatedBytes)
            guard isGenuine else { continue }
            accepted[loss.objectID] = max(accepted[loss.objectID] ?? 0, loss.revision)
        }
        return accepted
    }
}
