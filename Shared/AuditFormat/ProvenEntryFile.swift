package import AuditAPI
internal import Wire

internal import struct FoundationEssentials.Data

/// An entry of the log with everything that is needed to verify it, but for the key that is
/// trusted: a file that proves itself on a machine that knows no service.
///
/// JSON, and written in one way only: whoever changes a byte of it has made another file.
package struct ProvenEntryFile: Sendable, Hashable {
    /// The entry with its proof, as the log gave it.
    package let proven: ProvenEntry
    /// The key that the log says verifies it, as a C2SP vkey; says nothing about whom to trust.
    package let verifierKey: String

    /// The version of the form that is written and read here.
    package static let currentVersion = 1
    /// How many bytes a file may have: protects a reader.
    package static let byteLimit = 8 << 20

    /// Puts a file together; nothing is checked yet.
    package init(_ proven: ProvenEntry, verifierKey: String) {
        self.proven = proven
        self.verifierKey = verifierKey
    }

    /// The file.
    package var bytes: [UInt8] {
        func base64(_ data: Data) -> CBORValue { .text(data.base64EncodedString()) }
        var fields: [CBORPair] = [
            CBORPair("version", CBORValue(Self.currentVersion)),
            CBORPair("logIndex", CBORValue(Int(self.proven.logIndex))),
            CBORPair("entry", base64(self.proven.entry)),
        ]
        if let payload = self.proven.payload { fields.append(CBORPair("payload", base64(payload))) }
        if let salt = self.proven.salt { fields.append(CBORPair("salt", base64(salt))) }
        fields.append(CBORPair("proof", .text(self.proven.proof)))
        fields.append(CBORPair("verifierKey", .text(self.verifierKey)))
        return Array((CBORValue.map(fields).json(pretty: true) + "\n").utf8)
    }

    /// Reads a file; nothing is believed yet.
    ///
    /// - Throws: a ``ProvenEntryError``: ``ProvenEntryError/notAFile``,
    ///   ``ProvenEntryError/unknownVersion(_:)``, ``ProvenEntryError/malformedField(_:)`` or
    ///   ``ProvenEntryError/notCanonical``.
    package init(parsing bytes: [UInt8]) throws(ProvenEntryError) {
        guard bytes.count <= Self.byteLimit,
            // Why it is no JSON does not matter: no file of ours is damaged so by itself.
            let json = try? CBORValue(json: bytes), json.mapValue != nil
        else { throw .notAFile }
        guard let version = json["version"]?.integerValue else { throw .malformedField("version") }
        guard version == Self.currentVersion else { throw .unknownVersion(version) }
        guard let index = json["logIndex"]?.integerValue else { throw .malformedField("logIndex") }
        guard let entry = try Self.bytes("entry", in: json) else { throw .malformedField("entry") }
        guard let proof = json["proof"]?.textValue else { throw .malformedField("proof") }
        guard let key = json["verifierKey"]?.textValue
        else { throw .malformedField("verifierKey") }
        self.init(
            ProvenEntry(
                logIndex: Int64(index), entry: entry, payload: try Self.bytes("payload", in: json),
                salt: try Self.bytes("salt", in: json), proof: proof),
            verifierKey: key)
        // Other fields, white space, a second way to write a string: none of them is ours.
        guard self.bytes == bytes else { throw .notCanonical }
    }

    private static func bytes(
        _ name: String, in json: CBORValue
    ) throws(ProvenEntryError) -> Data? {
        guard let value = json[name] else { return nil }
        guard let text = value.textValue, let data = Data(base64Encoded: text)
        else { throw .malformedField(name) }
        return data
    }
}
