internal import Crypto
internal import FoundationEssentials

/// A private key that signs notes.
///
/// The key lies in ordinary memory, as swift-crypto keeps it.  On Linux signatures are
/// deterministic (RFC 8032): the same key gives the same text the same signature.
package struct NoteSigningKey: Sendable {
    /// What checks the signatures.
    package let verifierKey: NoteVerifierKey
    private let privateKey: Curve25519.Signing.PrivateKey

    /// Takes a private key.
    ///
    /// - Parameters:
    ///   - name: the name in the signatures; for a log, its origin.
    ///   - type: how to sign: a log with ``NoteSignatureType/ed25519``, a witness with
    ///     ``NoteSignatureType/cosignature``.
    ///   - seed: the 32 secret bytes that RFC 8032 calls the private key.
    /// - Throws: ``NoteKeyError/wrongKeyLength`` unless the seed has 32 bytes.
    package init(
        name: KeyName, type: NoteSignatureType = .ed25519, seed: [UInt8]
    ) throws(NoteKeyError) {
        do {
            self.privateKey = try Curve25519.Signing.PrivateKey(rawRepresentation: seed)
        } catch {
            // Any 32 bytes are a seed: only their number can be wrong.
            throw .wrongKeyLength
        }
        self.verifierKey = try NoteVerifierKey(
            name: name, type: type, publicKey: Array(self.privateKey.publicKey.rawRepresentation))
    }

    /// Signs a text.
    ///
    /// - Parameters:
    ///   - text: all of the note's text, with its final newline.
    ///   - timestamp: for a cosignature, now, in seconds since 1970; others do not hold a time.
    /// - Throws: ``NoteSigningError/timestampMissing``, ``NoteSigningError/timestampOutOfRange``
    ///   above 2^63 − 1, or ``NoteSigningError/failed`` if there was no memory.
    package func sign(
        _ text: String, timestamp: UInt64? = nil
    ) throws(NoteSigningError) -> NoteSignature {
        let bytes: [UInt8]
        switch self.verifierKey.type {
        case .ed25519:
            bytes = try self.signature(of: Array(text.utf8))
        case .cosignature:
            guard let timestamp else { throw .timestampMissing }
            guard let message = CosignedMessage.bytes(text, timestamp: timestamp)
            else { throw .timestampOutOfRange }
            bytes = BigEndian.bytes(timestamp, count: 8) + (try self.signature(of: message))
        }
        let key = self.verifierKey
        guard let signature = NoteSignature(name: key.name, keyID: key.id, bytes: bytes)
        else { throw .failed }
        return signature
    }

    private func signature(of message: [UInt8]) throws(NoteSigningError) -> [UInt8] {
        do {
            return Array(try self.privateKey.signature(for: message))
        } catch {
            throw .failed
        }
    }
}

/// Why a note could not be signed.
package enum NoteSigningError: Error, Equatable {
    /// A cosignature needs a time.
    case timestampMissing
    /// A cosignature's time is at most 2^63 − 1 seconds.
    case timestampOutOfRange
    /// The library could not sign.
    case failed
}
