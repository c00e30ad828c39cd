internal import FoundationEssentials
internal import Locks
internal import SecretFormat
internal import Sodium

/// The keys of the vault, in a file outside the database, encrypted under the root key.
///
/// In memory the key pairs of epochs, the identity's key and the key of codes lie in locked memory;
/// destruction keys stay sealed and are opened for the moment of use.
final class Keyring: Sendable {
    /// The vault that the keyring belongs to.
    let vaultID: UUID
    /// What was repaired when the keyring was opened, for the log.
    let repairs: [KeyringRepair]
    /// Which recovery key opens the root key; `nil` if none does.
    let recoveryKeyID: [UInt8]?
    let keys: KeyringKeys
    let live: LiveKeys
    let writer: KeyringWriter

    /// Takes over what was opened.
    init(_ opened: OpenedKeyring) throws {
        self.vaultID = opened.keys.vaultID
        self.repairs = opened.repairs
        self.recoveryKeyID = opened.disk.recovery?.keyID
        self.keys = opened.keys
        self.live = try LiveKeys(opened.state, keys: opened.keys)
        self.writer = KeyringWriter(opened, live: self.live)
    }

    /// Takes the lock, reads the keyring, and brings its mirror up to it.
    ///
    /// The last change is left out if it was not written whole: nobody was told that it counts.
    ///
    /// - Throws: ``KeyringFileError``; `StartupError` if another process has the lock.
    convenience init(
        opening directory: KeyringDirectory, rootKey: borrowing SecretBytes
    ) throws {
        try self.init(try OpenedKeyring(opening: directory, rootKey: rootKey))
    }

    /// Makes a keyring with its first epoch and opens it.
    ///
    /// - Parameter recovery: a public key to which the root key is sealed.
    /// - Throws: `StartupError` if there is one already; ``KeyringError/unwritable(_:)``.
    convenience init(
        creatingIn directory: KeyringDirectory, rootKey: borrowing SecretBytes,
        recovery: BoxPublicKey? = nil, vaultID: UUID = UUID()
    ) throws {
        try self.init(
            try OpenedKeyring(
                creatingIn: directory, rootKey: rootKey, recovery: recovery, vaultID: vaultID))
    }

    /// Lets go of the lock; no change is taken any more.
    func close() { self.writer.close() }

    /// The key that data keys are sealed to at present, signed by ``identity``.
    var sealingKey: SealingKey { self.live.sealingKey }

    /// The public key by which the vault is known: 32 bytes (Ed25519).
    var identity: [UInt8] { self.live.identity }

    /// All epochs by number, those that were destroyed too.
    var epochs: [KeyEpoch] { self.writer.withState { $0.epochs } }

    /// Grows with each change.  A database that has seen a higher one has seen a newer keyring.
    var counter: Int64 { self.writer.withState { $0.counter } }

    /// How many destruction keys there are.
    var destructionKeyCount: Int { self.writer.withState { $0.destructionKeys.count } }

    /// Everything that was destroyed, for a database from before.
    var destroyed: [Tombstone] { self.writer.withState { $0.tombstones } }

    /// Why changes are refused at present; `nil` if they are not.
    var objection: KeyringError? { self.writer.objection }

    /// The code of a row's bytes: 32 bytes that nobody without the keyring can make.
    ///
    /// - Parameter bytes: begin with what they are, so that no two kinds are alike.
    func authenticate(_ bytes: [UInt8]) throws -> [UInt8] { try self.live.code(of: bytes) }

    /// Whether a code is that of a row's bytes.
    func isAuthentic(_ code: [UInt8], for bytes: [UInt8]) throws -> Bool {
        Sodium.equal(code, try self.live.code(of: bytes))
    }

    /// The highest revision of a secret that was acknowledged; `nil` if none was.
    func revision(of secret: UUID) -> Int64? { self.writer.withState { $0.revisions[secret] } }

    /// Whether a secret was destroyed with all of its versions.
    func isDestroyed(_ secret: UUID) -> Bool {
        self.writer.withState { $0.destroyedSecrets[secret] != nil }
    }

    /// Whether a version was destroyed, by itself or with its secret.
    func isDestroyed(_ secret: UUID, version: Int64) -> Bool {
        self.writer.withState { $0.isDestroyed(VersionID(secret: secret, version: version)) }
    }
}
