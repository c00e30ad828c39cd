package import Sodium
internal import Wire

/// What a vault releases to a reader: one version for one request, of which both know all but the
/// data key.
package struct Release: Sendable, Hashable {
    /// What the version is.
    package let context: SecretContext
    /// The version's commitment to its data key: 32 bytes.
    package let commitment: [UInt8]
    /// BLAKE2b-256 of the ciphertext.
    package let ciphertextHash: [UInt8]
    /// To whom.
    package let reader: Reader

    /// Describes a release; see the properties.
    package init(
        context: SecretContext, commitment: [UInt8], ciphertextHash: [UInt8], reader: Reader
    ) {
        self.context = context
        self.commitment = commitment
        self.ciphertextHash = ciphertextHash
        self.reader = reader
    }

    /// Who asked, with what key, in which request.
    package struct Reader: Sendable, Hashable {
        /// A public key made for this one request (X25519).
        package let publicKey: BoxPublicKey
        /// Chosen by the reader: 16 bytes.
        package let requestID: [UInt8]
        /// Whom the vault takes the reader for: a user's identifier, or empty.
        package let readerID: String

        /// The length of a request's identifier in bytes.
        package static let requestIDByteCount = 16

        /// Describes a reader; see the properties.
        package init(publicKey: BoxPublicKey, requestID: [UInt8], readerID: String) {
            self.publicKey = publicKey
            self.requestID = requestID
            self.readerID = readerID
        }
    }

    /// Seals the data key to the reader and signs the whole.
    ///
    /// - Throws: ``SecretFormatError/otherKey`` if the data key is not the version's;
    ///   ``SecretFormatError/malformed(_:)``; `SodiumError.unusablePublicKey`.
    package func released(
        _ dataKey: borrowing DataKey, signedBy pair: borrowing SigningKeyPair
    ) throws -> ReleasedKey {
        guard self.reader.requestID.count == Reader.requestIDByteCount else {
            throw SecretFormatError.malformed("request id")
        }
        try dataKey.check(self.commitment, contextHash: self.context.hash)
        let box = try dataKey.box(to: self.reader.publicKey, boundTo: self.boxHash)
        return ReleasedKey(
            box: box, identity: pair.publicKey.bytes,
            signature: pair.signature(of: self.statement(box: box)))
    }

    /// What the box to the reader is bound to.
    var boxHash: [UInt8] {
        Sodium.blake2b(
            CanonicalArray.encode([
                "steward.vault.release.v1", .bytes(self.context.hash),
                .bytes(self.reader.requestID), .text(self.reader.readerID),
                .bytes(self.reader.publicKey.bytes),
            ]))
    }

    /// What the vault signs: a name for this use and the hash of everything that it replies.
    func statement(box: [UInt8]) -> [UInt8] {
        let reply = CanonicalArray.encode([
            .bytes(self.context.canonicalBytes), .bytes(self.ciphertextHash),
            .bytes(self.commitment), .bytes(box), .bytes(self.reader.requestID),
            .text(self.reader.readerID), .bytes(self.reader.publicKey.bytes),
        ])
        return Array("steward.vault.reply.v1".utf8) + Sodium.blake2b(reply)
    }
}

/// A data key on its way to one reader.
package struct ReleasedKey: Sendable, Hashable {
    /// The data key, sealed to the reader: ``DataKey/boxByteCount`` bytes.
    package let box: [UInt8]
    /// The vault's identity: 32 bytes (Ed25519).
    package let identity: [UInt8]
    /// The identity's signature of the whole release: 64 bytes.
    package let signature: [UInt8]

    /// Takes a released key from the vault; it is checked when the secret is opened.
    package init(box: [UInt8], identity: [UInt8], signature: [UInt8]) {
        self.box = box
        self.identity = identity
        self.signature = signature
    }
}
