package import Sodium

/// What a reader makes for one request, so that the reply is for nobody else and for nothing else.
package struct ReaderKeyPair: ~Copyable {
    /// Chosen for this request: 16 bytes.
    package let requestID: [UInt8]
    private let pair: BoxKeyPair

    /// Makes a new pair.
    package init() throws {
        self.pair = try BoxKeyPair(in: .shared)
        self.requestID = Sodium.randomBytes(Release.Reader.requestIDByteCount)
    }

    /// What goes with the request.
    package var publicKey: BoxPublicKey { self.pair.publicKey }

    /// Opens what the vault released.
    ///
    /// - Parameter identity: the identity that the vault is known by; `nil` where none is known,
    ///   and the connection alone tells that it is the vault who speaks.
    /// - Returns: the value.  That the context is the one that was asked for is the caller's to
    ///   check: it is what the vault says, and true.
    /// - Throws: ``SecretFormatError``; `SodiumError` where memory is short.
    package borrowing func open(
        _ secret: ReleasedSecret, identity expected: [UInt8]? = nil
    ) throws -> SecretBytes {
        if let expected, expected != secret.key.identity { throw SecretFormatError.otherVault }
        guard secret.requestID == self.requestID else { throw SecretFormatError.otherRequest }
        let release = Release(
            context: secret.version.context, commitment: secret.version.commitment,
            ciphertextHash: SealedVersion.hash(ofCiphertext: secret.version.ciphertext),
            reader: Release.Reader(
                publicKey: self.publicKey, requestID: self.requestID, readerID: secret.readerID))
        guard secret.key.identity.count == SignatureKey.byteCount else {
            throw SecretFormatError.malformed("identity")
        }
        guard
            try SignatureKey(secret.key.identity).verifies(
                secret.key.signature, of: release.statement(box: secret.key.box))
        else { throw SecretFormatError.wrongSignature }
        let dataKey = try DataKey(
            opening: secret.key.box, with: self.pair, boundTo: release.boxHash)
        try dataKey.check(release.commitment, contextHash: release.context.hash)
        return try SealedVersion.value(
            of: secret.version.ciphertext, as: release.context, with: dataKey)
    }
}
