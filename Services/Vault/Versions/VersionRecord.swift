internal import Postgres
internal import RPC
internal import SecretFormat
internal import VaultAPI

internal import struct FoundationEssentials.Data
internal import struct FoundationEssentials.Date
internal import struct FoundationEssentials.UUID

/// A row of versions without what is sealed in it.
struct VersionRecord: Hashable, Sendable {
    let id: UUID
    let secretID: UUID
    let number: Int64
    let ownerID: UUID
    let type: String
    let producer: String
    let suite: Int64
    let epochKeyID: [UInt8]
    let ciphertextHash: [UInt8]
    let commitment: [UInt8]
    let byteCount: Int64
    let createdBy: UUID?
    let rotationReason: String?
    let createdAt: Date
    var rowMAC: [UInt8] = []

    /// What its producer sealed it for.
    func context(vaultID: UUID) -> SecretContext {
        SecretContext(
            suite: self.suite, vaultID: vaultID, ownerID: self.ownerID, secretID: self.secretID,
            version: self.number, secretType: self.type, producer: self.producer)
    }

    /// What callers are told of it.
    func described(of secret: SecretRecord) -> SecretVersion {
        SecretVersion(
            id: self.id, secretID: self.secretID, number: self.number,
            state: secret.state(of: self.number), labels: secret.labels(of: self.number),
            isActive: secret.currentVersion == self.number, ownerID: self.ownerID,
            type: SecretType(rawValue: self.type), producer: self.producer, suite: self.suite,
            epochKeyID: Data(self.epochKeyID), commitment: Data(self.commitment),
            byteCount: self.byteCount, createdBy: self.createdBy,
            rotationReason: self.rotationReason, createdAt: self.createdAt)
    }
}

extension VersionRecord: RowDecodable {
    /// The columns that ``init(row:)`` reads, of the row `v`.
    static let columns: SQL = """
        v.id AS v_id, v.secret_id AS v_secret_id, v.number AS v_number, \
        v.owner_id AS v_owner_id, v.secret_type AS v_secret_type, v.producer AS v_producer, \
        v.suite AS v_suite, v.epoch_key_id AS v_epoch_key_id, \
        v.ciphertext_hash AS v_ciphertext_hash, v.commitment AS v_commitment, \
        v.byte_count AS v_byte_count, v.created_by AS v_created_by, \
        v.rotation_reason AS v_rotation_reason, v.created_at AS v_created_at, \
        v.row_mac AS v_row_mac
        """

    /// A row of usual size that no version has, with a MAC that is wrong: ``columns``, in order.
    static let decoy: SQL = """
        '00000000-0000-0000-0000-000000000000'::uuid, \
        '00000000-0000-0000-0000-000000000000'::uuid, 1::bigint, \
        '00000000-0000-0000-0000-000000000000'::uuid, 'generic', \
        '00000000-0000-0000-0000-000000000000', 1::bigint, decode(repeat('00', 16), 'hex'), \
        decode(repeat('00', 32), 'hex'), decode(repeat('00', 32), 'hex'), 104::bigint, \
        '00000000-0000-0000-0000-000000000000'::uuid, NULL::text, \
        '2026-01-01T00:00:00Z'::timestamptz, decode(repeat('00', 32), 'hex')
        """

    init(row: Row) throws {
        self.init(
            id: try row.get("v_id"), secretID: try row.get("v_secret_id"),
            number: try row.get("v_number"), ownerID: try row.get("v_owner_id"),
            type: try row.get("v_secret_type"), producer: try row.get("v_producer"),
            suite: try row.get("v_suite"), epochKeyID: try row.get("v_epoch_key_id"),
            ciphertextHash: try row.get("v_ciphertext_hash"),
            commitment: try row.get("v_commitment"), byteCount: try row.get("v_byte_count"),
            createdBy: try row.get("v_created_by"),
            rotationReason: try row.get("v_rotation_reason"),
            createdAt: try row.get("v_created_at"), rowMAC: try row.get("v_row_mac"))
    }
}

extension VersionRecord {
    /// What the MAC is over: all that never changes.
    var authenticatedBytes: [UInt8] {
        get throws {
            try AuthenticatedBytes.of("steward.vault.row.version.v1", Authenticated(self))
        }
    }

    /// The row with its MAC.
    func authenticated(by keyring: Keyring) throws -> VersionRecord {
        var row = self
        row.rowMAC = try keyring.authenticate(try self.authenticatedBytes)
        return row
    }

    /// Whether the MAC is the one that the keyring makes.
    func isAuthentic(to keyring: Keyring) throws -> Bool {
        try keyring.isAuthentic(self.rowMAC, for: self.authenticatedBytes)
    }

    private struct Authenticated: Encodable {
        let id, secretID, ownerID: UUID
        let number, suite, byteCount, createdAt: Int64
        let type, producer: String
        let ciphertextHash, commitment: [UInt8]
        let createdBy: UUID?
        let rotationReason: String?

        init(_ record: VersionRecord) {
            self.id = record.id
            self.secretID = record.secretID
            self.ownerID = record.ownerID
            self.number = record.number
            self.suite = record.suite
            self.byteCount = record.byteCount
            self.createdAt = record.createdAt.microseconds
            self.type = record.type
            self.producer = record.producer
            self.ciphertextHash = record.ciphertextHash
            self.commitment = record.commitment
            self.createdBy = record.createdBy
            self.rotationReason = record.rotationReason
        }
    }
}
