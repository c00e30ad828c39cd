internal import Postgres
internal import RPC
internal import VaultAPI

internal import struct FoundationEssentials.Date
internal import struct FoundationEssentials.UUID

/// A row of connections.
struct ConnectionRecord: Hashable, Sendable {
    let id: UUID
    var name: String
    var type: ConnectionType
    var provider: String
    var endpointURL: String?
    var secretID: UUID?
    var configuration: JSONValue = .object([:])
    var groupID: UUID?
    var isActive = true
    let createdBy: UUID
    let createdAt: Date
    var updatedAt: Date
    var revision: Int64 = 1
    var deletedAt: Date?
    var rowMAC: [UInt8] = []

    /// What callers are told of it.
    var described: Connection {
        Connection(
            id: self.id, name: self.name, type: self.type, provider: self.provider,
            endpointURL: self.endpointURL, secretID: self.secretID,
            configuration: self.configuration, groupID: self.groupID, isActive: self.isActive,
            createdBy: self.createdBy, createdAt: self.createdAt, updatedAt: self.updatedAt,
            version: self.revision)
    }
}

extension ConnectionRecord: AuthenticatedRow {
    var authenticatedBytes: [UInt8] {
        get throws {
            try AuthenticatedBytes.of("steward.vault.row.connection.v1", Authenticated(self))
        }
    }

    private struct Authenticated: Encodable {
        let id, createdBy: UUID
        let name, type, provider: String
        let endpointURL: String?
        let secretID, groupID: UUID?
        let configuration: JSONValue
        let isActive: Bool
        let createdAt, updatedAt, revision: Int64
        let deletedAt: Int64?

        init(_ record: ConnectionRecord) {
            self.id = record.id
            self.createdBy = record.createdBy
            self.name = record.name
            self.type = record.type.rawValue
            self.provider = record.provider
            self.endpointURL = record.endpointURL
            self.secretID = record.secretID
            self.groupID = record.groupID
            self.configuration = record.configuration
            self.isActive = record.isActive
            self.createdAt = record.createdAt.microseconds
            self.updatedAt = record.updatedAt.microseconds
            self.revision = record.revision
            self.deletedAt = record.deletedAt?.microseconds
        }
    }
}

extension ConnectionRecord: RowDecodable {
    /// The columns that ``init(row:)`` reads, of the row `c`.
    static let columns: SQL = """
        c.id, c.name, c.connection_type, c.provider, c.endpoint_url, c.secret_id, \
        c.configuration, c.group_id, c.is_active, c.created_by, c.created_at, c.updated_at, \
        c.version, c.deleted_at, c.row_mac
        """

    init(row: Row) throws {
        self.init(
            id: try row.get("id"), name: try row.get("name"),
            type: ConnectionType(rawValue: try row.get("connection_type")),
            provider: try row.get("provider"), endpointURL: try row.get("endpoint_url"),
            secretID: try row.get("secret_id"), configuration: try row.json("configuration"),
            groupID: try row.get("group_id"), isActive: try row.get("is_active"),
            createdBy: try row.get("created_by"), createdAt: try row.get("created_at"),
            updatedAt: try row.get("updated_at"), revision: try row.get("version"),
            deletedAt: try row.get("deleted_at"), rowMAC: try row.get("row_mac"))
    }

    /// The statement that stores a new row.
    func insert() throws -> SQL {
        """
        INSERT INTO vault.connections (
            id, name, connection_type, provider, endpoint_url, secret_id, configuration,
            group_id, is_active, created_by, created_at, updated_at, version, deleted_at,
            row_mac)
        VALUES (\(self.id), \(self.name), \(self.type.rawValue), \(self.provider),
            \(self.endpointURL), \(self.secretID), \(JSONText(try self.configuration.jsonText)),
            \(self.groupID), \(self.isActive), \(self.createdBy), \(self.createdAt),
            \(self.updatedAt), \(self.revision), \(self.deletedAt), \(self.rowMAC))
        """
    }

    /// The statement that stores what may have changed.
    func update() throws -> SQL {
        """
        UPDATE vault.connections SET
            name = \(self.name), connection_type = \(self.type.rawValue),
            provider = \(self.provider), endpoint_url = \(self.endpointURL),
            secret_id = \(self.secretID),
            configuration = \(JSONText(try self.configuration.jsonText)),
            group_id = \(self.groupID), is_active = \(self.isActive),
            updated_at = \(self.updatedAt), version = \(self.revision),
            deleted_at = \(self.deletedAt), row_mac = \(self.rowMAC)
        WHERE id = \(self.id)
        """
    }
}
