internal import FoundationEssentials
internal import Locks
internal import SecretFormat
internal import Sodium

/// An epoch's key pair in memory.
final class LiveEpoch: Sendable {
    let number: Int64
    let keyID: [UInt8]
    let pair: BoxKeyPair

    init(number: Int64, pair: consuming BoxKeyPair) {
        self.number = number
        self.keyID = SealingKey.identifier(of: pair.publicKey.bytes)
        self.pair = pair
    }
}

/// The keys that are needed all the time, in locked memory.
final class LiveKeys: Sendable {
    private struct Epochs {
        var byKeyID: [[UInt8]: LiveEpoch]
        var active: LiveEpoch
        var sealingKey: SealingKey
    }

    private let vaultID: UUID
    private let pair: SigningKeyPair
    private let codeKey: SecretBytes
    private let epochs: Mutex<Epochs>

    /// Opens the keys of a keyring.
    ///
    /// - Throws: ``KeyringFileError/incomplete``; `SodiumError`.
    init(_ state: KeyringState, keys: KeyringKeys) throws {
        guard let identity = state.identity, let codeKey = state.codeKey else {
            throw KeyringFileError.incomplete
        }
        let pair = try keys.identity(publicKey: identity.publicKey, sealed: identity.sealed)
        let (byKeyID, active) = try Self.epochs(state, keys: keys, known: [:])
        self.epochs = Mutex(
            Epochs(
                byKeyID: byKeyID, active: active,
                sealingKey: SealingKey(
                    vaultID: keys.vaultID, number: active.number,
                    publicKey: active.pair.publicKey, signedBy: pair)))
        self.vaultID = keys.vaultID
        self.codeKey = try keys.codeKey(sealed: codeKey)
        self.pair = pair
    }

    /// Takes the epochs of a keyring that has changed.
    func follow(_ state: KeyringState, keys: KeyringKeys) throws {
        let known = self.epochs.withLock { $0.byKeyID }
        let (byKeyID, active) = try Self.epochs(state, keys: keys, known: known)
        let sealingKey = SealingKey(
            vaultID: self.vaultID, number: active.number, publicKey: active.pair.publicKey,
            signedBy: self.pair)
        self.epochs.withLock {
            $0 = Epochs(byKeyID: byKeyID, active: active, sealingKey: sealingKey)
        }
    }

    /// The public key of the identity: 32 bytes.
    var identity: [UInt8] { self.pair.publicKey.bytes }
    /// The active epoch's public key, signed.
    var sealingKey: SealingKey { self.epochs.withLock { $0.sealingKey } }
    /// The active epoch.
    var activeEpoch: LiveEpoch { self.epochs.withLock { $0.active } }
    /// The epoch of a key; `nil` if there is none or its secret key is gone.
    func epoch(keyID: [UInt8]) -> LiveEpoch? { self.epochs.withLock { $0.byKeyID[keyID] } }

    /// The code of a row's bytes.
    func code(of bytes: [UInt8]) throws -> [UInt8] {
        try KeyedHash.code(of: bytes, key: self.codeKey)
    }

    /// Seals a data key to a reader and signs the release.
    func sign(_ release: Release, of dataKey: borrowing DataKey) throws -> ReleasedKey {
        try release.released(dataKey, signedBy: self.pair)
    }

    private static func epochs(
        _ state: KeyringState, keys: KeyringKeys, known: [[UInt8]: LiveEpoch]
    ) throws -> ([[UInt8]: LiveEpoch], active: LiveEpoch) {
        var byKeyID: [[UInt8]: LiveEpoch] = [:]
        var active: LiveEpoch?
        for record in state.epochRecords where record.sealedSecret != nil {
            guard let epoch = try known[record.epoch.keyID] ?? keys.pair(of: record)
            else { continue }
            byKeyID[epoch.keyID] = epoch
            if record.epoch.state == .active { active = epoch }
        }
        guard let active else { throw KeyringFileError.incomplete }
        return (byKeyID, active)
    }
}
