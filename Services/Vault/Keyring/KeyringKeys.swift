internal import FoundationEssentials
internal import SecretFormat
internal import Sodium

/// The keys that follow from the root key, and what is sealed with them.
final class KeyringKeys: Sendable {
    /// The vault that they are for; another vault's differ under the same root key.
    let vaultID: UUID
    /// What tells one root key from another: 16 bytes that say nothing about it.
    let check: [UInt8]
    /// Seals the frames of the file.
    private let frameKey: SecretBytes
    /// Vouches for the lengths of frames.
    private let lengthKey: SecretBytes
    /// Seals each secret within a frame once more, so that reading the file shows none.
    private let secretsKey: SecretBytes

    // What a sealed secret is, which is part of what it is bound to.
    static let identityKind = "identity"
    static let codeKeyKind = "codes"
    static let epochKind = "epoch"
    static let destructionKeyKind = "destruction-key"

    /// The length of a root key in bytes.
    static let rootKeyByteCount = 32
    /// The length of ``check`` and of a length's code, in bytes.
    static let codeByteCount = 16

    /// Derives the keys.
    ///
    /// - Throws: `SodiumError`.
    init(rootKey: borrowing SecretBytes, vaultID: UUID) throws {
        func purpose(_ name: String) -> [UInt8] {
            Array("steward.vault.keyring.\(name).v1".utf8) + vaultID.octets
        }
        self.vaultID = vaultID
        self.check = try KeyedHash.code(
            of: purpose("check"), key: rootKey, byteCount: Self.codeByteCount)
        self.frameKey = try KeyedHash.key(from: rootKey, for: purpose("frames"))
        self.lengthKey = try KeyedHash.key(from: rootKey, for: purpose("lengths"))
        self.secretsKey = try KeyedHash.key(from: rootKey, for: purpose("secrets"))
    }

    /// Seals a frame's content.
    func sealFrame(_ content: [UInt8], context: [UInt8]) throws -> [UInt8] {
        try SealedValue(sealing: content, key: self.frameKey, context: context).bytes
    }

    /// Opens a frame; throws `SodiumError.sealBroken`.
    func openFrame(_ bytes: [UInt8], context: [UInt8]) throws -> [UInt8] {
        try SealedValue(bytes: bytes).opened(with: self.frameKey, context: context)
    }

    /// The code of a frame's length in its place.
    func lengthCode(of bytes: [UInt8]) throws -> [UInt8] {
        try KeyedHash.code(of: bytes, key: self.lengthKey, byteCount: Self.codeByteCount)
    }
}

// What the keyring holds: made here, sealed at once.
extension KeyringKeys {
    /// Makes the destruction key of a version.
    func newDestructionKey(_ id: VersionID) throws -> [UInt8] {
        try self.seal(
            try SecretBytes(random: SealedValue.keyByteCount), Self.destructionKeyKind, id.bytes)
    }

    /// Opens a destruction key for the moment of its use.
    func destructionKey(_ id: VersionID, sealed: [UInt8]) throws -> SecretBytes {
        try self.open(sealed, Self.destructionKeyKind, id.bytes, in: .shared)
    }

    /// Makes an epoch's key pair.
    func newEpoch(number: Int64, at date: Date) throws -> EpochRecord {
        let pair = try BoxKeyPair()
        let publicKey = pair.publicKey.bytes
        let epoch = KeyEpoch(
            number: number, keyID: SealingKey.identifier(of: publicKey), publicKey: publicKey,
            state: .active, createdAt: date.toMilliseconds, destroyedAt: nil)
        return EpochRecord(
            epoch: epoch,
            sealedSecret: try self.seal(
                pair.secretKey, Self.epochKind, Self.place(of: epoch)))
    }

    /// Opens an epoch's key pair; `nil` if its secret key is gone.
    func pair(of record: EpochRecord) throws -> LiveEpoch? {
        guard let sealed = record.sealedSecret else { return nil }
        let epoch = record.epoch
        let secretKey = try self.open(sealed, Self.epochKind, Self.place(of: epoch))
        return LiveEpoch(number: epoch.number, pair: try BoxKeyPair(secretKey: secretKey))
    }

    /// Makes the vault's identity.
    func newIdentity() throws -> KeyringRecord {
        let seed = try SecretBytes(random: SigningKeyPair.seedByteCount)
        let publicKey = try SigningKeyPair(seed: seed).publicKey.bytes
        return .identity(
            publicKey: publicKey, sealed: try self.seal(seed, Self.identityKind, publicKey))
    }

    /// Opens the vault's identity.
    func identity(publicKey: [UInt8], sealed: [UInt8]) throws -> SigningKeyPair {
        try SigningKeyPair(seed: try self.open(sealed, Self.identityKind, publicKey))
    }

    /// Makes the key of the rows' codes.
    func newCodeKey() throws -> KeyringRecord {
        .codeKey(
            sealed: try self.seal(
                try SecretBytes(random: KeyedHash.byteCount), Self.codeKeyKind, []))
    }

    /// Opens the key of the rows' codes.
    func codeKey(sealed: [UInt8]) throws -> SecretBytes {
        try self.open(sealed, Self.codeKeyKind, [])
    }

    /// Where an epoch's secret key belongs.
    static func place(of epoch: KeyEpoch) -> [UInt8] {
        epoch.number.bigEndianBytes + epoch.publicKey
    }

    /// Seals a secret of some kind in its place.
    func seal(
        _ secret: borrowing SecretBytes, _ kind: String, _ place: [UInt8]
    ) throws -> [UInt8] {
        try SealedValue(
            sealing: secret, key: self.secretsKey, context: self.context(kind, place)
        ).bytes
    }

    /// Opens a secret of some kind that belongs in a place.
    func open(
        _ sealed: [UInt8], _ kind: String, _ place: [UInt8], in memory: SecretMemory = .guarded
    ) throws -> SecretBytes {
        try SealedValue(bytes: sealed).openedSecret(
            with: self.secretsKey, context: self.context(kind, place), in: memory)
    }

    private func context(_ kind: String, _ place: [UInt8]) -> [UInt8] {
        Array("steward.vault.keyring.\(kind).v1".utf8) + self.vaultID.octets + place
    }
}

extension Date {
    /// Whole milliseconds since 1970, as the file has them.
    var milliseconds: Int64 { Int64((self.timeIntervalSince1970 * 1_000).rounded()) }

    /// A time that the file has.
    init(milliseconds: Int64) {
        self.init(timeIntervalSince1970: Double(milliseconds) / 1_000)
    }

    /// The time as it comes back from the file.
    var toMilliseconds: Date { Date(milliseconds: self.milliseconds) }
}
