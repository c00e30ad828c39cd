internal import Postgres
internal import VaultAPI

internal import struct FoundationEssentials.Date
internal import struct FoundationEssentials.UUID

/// A row of destructions.
struct DestructionRecord: Hashable, Sendable {
    let id: UUID
    let secretID: UUID
    let version: Int64?
    let reason: String
    let requestedBy: UUID
    let requestedAt: Date
    let expiresAt: Date?
    var approvedBy: UUID?
    var doneAt: Date?
    var rowMAC: [UInt8] = []

    /// What callers are told of it.
    var described: Destruction {
        Destruction(
            id: self.id, secretID: self.secretID, version: self.version, reason: self.reason,
            requestedBy: self.requestedBy, requestedAt: self.requestedAt,
            approvedBy: self.approvedBy, doneAt: self.doneAt, expiresAt: self.expiresAt)
    }

    /// Whether a second person may approve it now.
    func waits(at now: Date) -> Bool {
        self.doneAt == nil && self.expiresAt.map { now < $0 } ?? false
    }

    /// The row with its MAC.
    func authenticated(by keyring: Keyring) throws -> DestructionRecord {
        var row = self
        row.rowMAC = try keyring.authenticate(try self.authenticatedBytes)
        return row
    }

    /// Whether the MAC is the one that the keyring makes.
    func isAuthentic(to keyring: Keyring) throws -> Bool {
        try keyring.isAuthentic(self.rowMAC, for: self.authenticatedBytes)
    }

    private var authenticatedBytes: [UInt8] {
        get throws {
            try AuthenticatedBytes.of("steward.vault.row.destruction.v1", Authenticated(self))
        }
    }

    private struct Authenticated: Encodable {
        let id, secretID, requestedBy: UUID
        let version, expiresAt, doneAt: Int64?
        let reason: String
        let requestedAt: Int64
        let approvedBy: UUID?

        init(_ record: DestructionRecord) {
            self.id = record.id
            self.secretID = record.secretID
            self.requestedBy = record.requestedBy
            self.version = record.version
            self.expiresAt = record.expiresAt?.microseconds
            self.doneAt = record.doneAt?.microseconds
            self.reason = record.reason
            self.requestedAt = record.requestedAt.microseconds
            self.approvedBy = record.approvedBy
        }
    }
}

extension DestructionRecord: RowDecodable {
    /// The columns that ``init(row:)`` reads, of the row `d`.
    static let columns: SQL = """
        d.id, d.secret_id, d.version, d.reason, d.requested_by, d.requested_at, d.expires_at, \
        d.approved_by, d.done_at, d.row_mac
        """

    init(row: Row) throws {
        self.init(
            id: try row.get("id"), secretID: try row.get("secret_id"),
            version: try row.get("version"), reason: try row.get("reason"),
            requestedBy: try row.get("requested_by"), requestedAt: try row.get("requested_at"),
            expiresAt: try row.get("expires_at"), approvedBy: try row.get("approved_by"),
            doneAt: try row.get("done_at"), rowMAC: try row.get("row_mac"))
    }

    /// The statement that stores a new row.
    var insert: SQL {
        """
        INSERT INTO vault.destructions (
            id, secret_id, version, reason, requested_by, requested_at, expires_at, approved_by,
            done_at, row_mac)
        VALUES (\(self.id), \(self.secretID), \(self.version), \(self.reason),
            \(self.requestedBy), \(self.requestedAt), \(self.expiresAt), \(self.approvedBy),
            \(self.doneAt), \(self.rowMAC))
        """
    }

    /// The statement that stores what may have changed.
    var update: SQL {
        """
        UPDATE vault.destructions SET approved_by = \(self.approvedBy), done_at = \(self.doneAt),
            row_mac = \(self.rowMAC) WHERE id = \(self.id)
        """
    }

    /// The statement that finds one, locked until the transaction ends.
    static func lock(_ id: UUID) -> SQL {
        """
        SELECT \(fragment: Self.columns) FROM vault.destructions AS d WHERE d.id = \(id)
        FOR NO KEY UPDATE
        """
    }

    /// The statement that finds the last one of a secret or version.
    static func last(of secretID: UUID, version: Int64?) -> SQL {
        """
        SELECT \(fragment: Self.columns) FROM vault.destructions AS d
        WHERE d.secret_id = \(secretID) AND d.version IS NOT DISTINCT FROM \(version)
        ORDER BY d.id DESC LIMIT 1 FOR NO KEY UPDATE
        """
    }
}
