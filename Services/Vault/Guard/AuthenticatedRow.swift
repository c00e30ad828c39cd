internal import NIOCore
internal import Wire

internal import struct FoundationEssentials.UUID

/// A row that carries a MAC over itself, so that an edit behind the vault's back is noticed, and
/// rises in revision with each change, so that an older one is noticed too.
protocol AuthenticatedRow: Sendable {
    /// Which row.
    var id: UUID { get }
    /// Rises by one with every change.
    var revision: Int64 { get set }
    /// The MAC as it is stored.
    var rowMAC: [UInt8] { get set }
    /// What the MAC is over: deterministic CBOR of all columns.
    var authenticatedBytes: [UInt8] { get throws }
}

extension AuthenticatedRow {
    /// The row with its MAC.
    func authenticated(by keyring: Keyring) throws -> Self {
        var row = self
        row.rowMAC = try keyring.authenticate(try self.authenticatedBytes)
        return row
    }

    /// Whether the MAC is the one that the keyring makes.
    func isAuthentic(to keyring: Keyring) throws -> Bool {
        try keyring.isAuthentic(self.rowMAC, for: self.authenticatedBytes)
    }
}

/// Writes down what a MAC is over.
enum AuthenticatedBytes {
    /// Deterministic CBOR (RFC 8949, section 4.2.1) of a form's name and its fields.
    static func of(_ form: String, _ fields: some Encodable) throws -> [UInt8] {
        let encoder = CBOREncoder(deterministic: true)
        return Array(form.utf8) + Array(try encoder.encode(fields).readableBytesView)
    }
}
