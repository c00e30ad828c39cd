package import Sodium

/// One version of a secret as whoever made it hands it over: nobody but the vault can bring about
/// that it is read, and the vault has no need to.
package struct SealedVersion: Sendable, Hashable {
    /// What it is and where it belongs.
    package let context: SecretContext
    /// Which sealing key the data key is sealed to: 16 bytes.
    package let keyID: [UInt8]
    /// The data key in a box: ``DataKey/boxByteCount`` bytes.
    package let sealedKey: [UInt8]
    /// The padded value under a key that follows from the data key and the context.
    package let ciphertext: [UInt8]
    /// What shows that a data key is the right one: 32 bytes.
    package let commitment: [UInt8]

    /// How long a value may be in bytes.
    package static let valueByteCountLimit = 65_536
    /// The length of a commitment in bytes.
    package static let commitmentByteCount = KeyedHash.byteCount

    /// Takes a version from somebody else, whose parts have the lengths they must have; whether
    /// they belong together shows when the boxes are opened.
    ///
    /// - Throws: ``SecretFormatError/malformed(_:)``; ``SecretFormatError/unknownSuite(_:)``.
    package init(
        context: SecretContext, keyID: [UInt8], sealedKey: [UInt8], ciphertext: [UInt8],
        commitment: [UInt8]
    ) throws(SecretFormatError) {
        try Self.check(context)
        guard keyID.count == SealingKey.identifierByteCount else { throw .malformed("key id") }
        guard sealedKey.count == DataKey.boxByteCount else { throw .malformed("sealed key") }
        guard commitment.count == Self.commitmentByteCount else { throw .malformed("commitment") }
        let paddedByteCount = ciphertext.count - SealedValue.overheadByteCount
        guard let block = ValuePadding.block(ofPadded: paddedByteCount),
            paddedByteCount <= ValuePadding.paddedByteCount(Self.valueByteCountLimit),
            paddedByteCount % block == 0
        else { throw .malformed("ciphertext") }
        self.init(
            checked: context, keyID: keyID, sealedKey: sealedKey, ciphertext: ciphertext,
            commitment: commitment)
    }

    /// Seals a value.
    ///
    /// - Parameters:
    ///   - value: up to ``valueByteCountLimit`` bytes.
    ///   - context: exactly what the vault will store it as.
    ///   - key: the vault's sealing key.
    ///   - identity: the identity that the vault is known by, if it is.
    /// - Throws: ``SecretFormatError``; `SodiumError`.
    package init(
        sealing value: borrowing SecretBytes, as context: SecretContext, with key: SealingKey,
        identity: [UInt8]? = nil
    ) throws {
        try Self.check(context)
        guard value.count <= Self.valueByteCountLimit else {
            throw SecretFormatError.valueTooLong(byteCount: value.count)
        }
        guard key.vaultID == context.vaultID else { throw SecretFormatError.otherVault }
        let publicKey = try key.check(identity: identity)
        let dataKey = try DataKey()
        let contextHash = context.hash
        let padded = try value.padded(toMultipleOf: ValuePadding.block(of: value.count))
        self.init(
            checked: context, keyID: key.identifier,
            sealedKey: try dataKey.box(
                to: publicKey, boundTo: context.boxHash(keyID: key.identifier)),
            ciphertext: try SealedValue(
                sealing: padded, key: try dataKey.valueKey(contextHash: contextHash),
                context: context.canonicalBytes
            ).bytes,
            commitment: try dataKey.commitment(contextHash: contextHash))
    }

    private init(
        checked context: SecretContext, keyID: [UInt8], sealedKey: [UInt8], ciphertext: [UInt8],
        commitment: [UInt8]
    ) {
        self.context = context
        self.keyID = keyID
        self.sealedKey = sealedKey
        self.ciphertext = ciphertext
        self.commitment = commitment
    }

    private static func check(_ context: SecretContext) throws(SecretFormatError) {
        guard context.suite == SecretContext.currentSuite else {
            throw .unknownSuite(context.suite)
        }
    }

    /// BLAKE2b-256 of a ciphertext: what stands for it where the whole would be too long.
    package static func hash(ofCiphertext ciphertext: [UInt8]) -> [UInt8] {
        Sodium.blake2b(ciphertext)
    }

    /// Opens the value under its data key.
    static func value(
        of ciphertext: [UInt8], as context: SecretContext, with dataKey: borrowing DataKey
    ) throws -> SecretBytes {
        let padded: SecretBytes
        do {
            padded = try SealedValue(bytes: ciphertext).openedSecret(
                with: try dataKey.valueKey(contextHash: context.hash),
                context: context.canonicalBytes, in: .shared)
        } catch SodiumError.sealBroken {
            throw SecretFormatError.broken
        }
        return try ValuePadding.removed(from: padded)
    }
}
