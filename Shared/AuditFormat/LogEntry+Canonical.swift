package import AuditAPI
internal import NIOCore
package import TransparencyLog
internal import Wire

package import struct FoundationEssentials.Data

extension LogEntry {
    /// The bytes that the leaf is the hash of: deterministic CBOR (RFC 8949, section 4.2.1).
    package var canonicalBytes: Data {
        get throws { try CanonicalBytes.encode(self) }
    }

    /// The hash of the leaf (RFC 6962, section 2.1).
    package var leafHash: MerkleHash {
        get throws { MerkleHash.leaf(try self.canonicalBytes) }
    }

    /// Reads an entry from the only bytes that it can be written as.
    ///
    /// - Throws: what the codec throws; ``AuditFormatError``.
    package init(canonicalBytes bytes: Data) throws {
        let entry = try CanonicalBytes.decode(LogEntry.self, from: bytes, unknownFields: .reject)
        switch entry.version {
        case 1:
            guard entry.receivedAt == nil, entry.lostFrom == nil, entry.followsEpoch == nil,
                entry.followsSequence == nil, entry.followsEarlierLog == nil
            else { throw AuditFormatError.notCanonical }
        case 2:
            guard entry.receivedAt != nil, entry.followsEpoch == nil,
                entry.followsSequence == nil, entry.followsEarlierLog == nil
            else { throw AuditFormatError.notCanonical }
        case 3:
            guard entry.receivedAt != nil,
                (entry.followsEpoch == nil) == (entry.followsSequence == nil),
                entry.followsEarlierLog == nil
                    || entry.followsEarlierLog == true && entry.followsEpoch != nil
            else { throw AuditFormatError.notCanonical }
        default: throw AuditFormatError.unknownVersion(entry.version)
        }
        guard try entry.canonicalBytes == bytes else { throw AuditFormatError.notCanonical }
        self = entry
    }
}

extension AuditEvent {
    /// The event in deterministic CBOR.
    package var canonicalBytes: Data {
        get throws { try CanonicalBytes.encode(self) }
    }

    /// Reads an event; fields that a newer version wrote are left aside.
    package init(bytes: Data) throws {
        self = try CanonicalBytes.decode(AuditEvent.self, from: bytes, unknownFields: .ignore)
    }
}

/// Why bytes were refused.
package enum AuditFormatError: Error, Hashable {
    /// They are another encoding of what they say.
    case notCanonical
    /// They belong to another version of the form.
    case unknownVersion(Int64)
}

/// Deterministic CBOR in and out.
enum CanonicalBytes {
    static func encode(_ value: some Encodable) throws -> Data {
        Data(try CBOREncoder(deterministic: true).encode(value).readableBytesView)
    }

    static func decode<T: Codable>(
        _ type: T.Type, from bytes: Data, unknownFields: CBORDecoder.UnknownFields
    ) throws -> T {
        try CBORDecoder(unknownFields: unknownFields).decode(type, from: ByteBuffer(bytes: bytes))
    }
}
