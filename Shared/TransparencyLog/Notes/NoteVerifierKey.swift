internal import Crypto
internal import FoundationEssentials

/// A public key that checks signatures of notes, written as `name+ID+key` (C2SP signed-note,
/// “Verifier keys”).
package struct NoteVerifierKey: Sendable, Hashable {
    /// The name in the signatures.
    package let name: KeyName
    /// The ID in the signatures.
    package let id: KeyID
    /// How the signatures are made.
    package let type: NoteSignatureType
    /// The 32 bytes of the Ed25519 public key (RFC 8032).
    package let publicKey: [UInt8]

    /// Takes a public key.
    ///
    /// - Throws: ``NoteKeyError/wrongKeyLength`` unless it is 32 bytes.
    package init(
        name: KeyName, type: NoteSignatureType, publicKey: [UInt8]
    ) throws(NoteKeyError) {
        guard publicKey.count == 32 else { throw .wrongKeyLength }
        self.name = name
        self.type = type
        self.publicKey = publicKey
        self.id = KeyID(name: name, type: type, publicKey: publicKey)
    }

    /// Reads a verifier key.
    ///
    /// - Throws: ``NoteKeyError/malformed``, ``NoteKeyError/unknownType(_:)``,
    ///   ``NoteKeyError/wrongKeyLength``, or ``NoteKeyError/wrongID``.
    package init(_ text: String) throws(NoteKeyError) {
        // The key itself may hold plus signs, since it is base64.
        let fields = text.utf8.split(
            separator: UInt8(ascii: "+"), maxSplits: 2, omittingEmptySubsequences: false)
        guard fields.count == 3, let name = KeyName(String(Substring(fields[0]))),
            let key = StrictBase64.decode(String(Substring(fields[2]))), let first = key.first
        else { throw .malformed }
        guard let type = NoteSignatureType(rawValue: first) else { throw .unknownType(first) }
        try self.init(name: name, type: type, publicKey: Array(key.dropFirst()))
        guard self.id.hexadecimal.utf8.elementsEqual(fields[1]) else { throw .wrongID }
    }

    /// The key as ``init(_:)`` reads it.
    package var text: String {
        let key = StrictBase64.encode([self.type.rawValue] + self.publicKey)
        return "\(self.name.text)+\(self.id.hexadecimal)+\(key)"
    }

    /// Checks a signature of this key; `nil` if it does not belong to the text.
    func verify(_ signature: NoteSignature, of text: String) -> SignatureTime? {
        switch self.type {
        case .ed25519:
            return self.isValid(signature.bytes[...], Array(text.utf8)) ? .untold : nil
        case .cosignature:
            guard signature.bytes.count == 8 + 64 else { return nil }
            let timestamp = BigEndian.number(signature.bytes.prefix(8))
            guard let message = CosignedMessage.bytes(text, timestamp: timestamp),
                self.isValid(signature.bytes.dropFirst(8), message)
            else { return nil }
            return .at(timestamp)
        }
    }

    private func isValid(_ signature: ArraySlice<UInt8>, _ message: [UInt8]) -> Bool {
        guard signature.count == 64,
            // A key that cannot be used has signed nothing.
            let key = try? Curve25519.Signing.PublicKey(rawRepresentation: self.publicKey)
        else { return false }
        return key.isValidSignature(signature, for: message)
    }
}

/// When a signature was made, for those that say so.
enum SignatureTime {
    case untold
    case at(UInt64)

    var timestamp: UInt64? { if case .at(let timestamp) = self { timestamp } else { nil } }
}

/// What a cosignature signs (C2SP tlog-cosignature, “Ed25519 signed message”).
enum CosignedMessage {
    /// The latest time that a cosignature may name.
    static let latest = UInt64(Int64.max)

    /// The bytes to sign; `nil` if the time is out of its range.
    static func bytes(_ text: String, timestamp: UInt64) -> [UInt8]? {
        guard timestamp <= Self.latest else { return nil }
        return Array("cosignature/v1\ntime \(timestamp)\n\(text)".utf8)
    }
}

/// Why a key for notes was refused.
package enum NoteKeyError: Error, Equatable {
    /// It is not written as `name+ID+key`.
    case malformed
    /// The type of signature is none that is supported.
    case unknownType(UInt8)
    /// An Ed25519 key has 32 bytes.
    case wrongKeyLength
    /// The ID is not that of the name and the key.
    case wrongID
}
