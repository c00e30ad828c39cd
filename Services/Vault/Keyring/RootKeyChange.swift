internal import Glibc
internal import SecretFormat
internal import ServiceKit
internal import Sodium

/// Puts a keyring and its mirror under another root key, or makes its root key known to another
/// recovery key, while the service is stopped.
///
/// Both files are written beside the old ones first, then the mirror takes its place, then the
/// keyring.  An interruption leaves each of the two files whole, under the one key or the other:
/// the same command, given both keys again, finishes.
struct RootKeyChange: ~Copyable {
    private let directory: KeyringDirectory
    /// Held until the change is done.
    private let lock: KeyringLock

    /// What a change came to.
    enum Outcome: Hashable, Sendable {
        case changed
        /// Both files were under the new key already.
        case wasDone
    }

    /// Takes the keyring's lock.
    ///
    /// - Throws: `StartupError` if a service has it, or the files would be somebody else's than
    ///   the directory is: the service could not read them.
    init(_ directory: KeyringDirectory) throws(StartupError) {
        self.directory = directory
        self.lock = try Self.lock(directory)
    }

    private static func lock(_ directory: KeyringDirectory) throws(StartupError) -> KeyringLock {
        let path = directory.path
        var status = stat()
        guard unsafe stat(path, &status) == 0, status.st_uid == geteuid() else {
            throw .configuration(
                "\(path) is to be changed by the user who owns it, which the service runs as: "
                    + "use runuser or systemd-run --property=User=.")
        }
        return try directory.lock()
    }

    /// Puts both files under a new root key.
    ///
    /// - Parameters:
    ///   - recovery: to whose key the new root key is sealed; `nil` for nobody's.
    /// - Returns: what was done, and the state as it is now.
    /// - Throws: ``KeyringFileError``; ``KeyringError/unwritable(_:)``; `SodiumError`.
    func change(
        from oldKey: borrowing SecretBytes, to newKey: borrowing SecretBytes,
        recovery: BoxPublicKey?
    ) throws -> (outcome: Outcome, image: KeyringImage) {
        guard !oldKey.equals(newKey) else {
            throw StartupError.configuration("The new root key is the old one.")
        }
        let keyring = try self.found(self.directory.path, oldKey, newKey)
        let mirror = try self.foundMirror(oldKey, newKey)
        if let mirror, mirror.newKeys.vaultID != keyring.newKeys.vaultID {
            throw KeyringFileError.otherVault(
                expected: keyring.newKeys.vaultID, found: mirror.newKeys.vaultID)
        }
        let newest = mirror.map { $0.counter > keyring.counter ? $0 : keyring } ?? keyring
        let keys = newest.newKeys
        let box = try recovery.map { try RecoveryBox(rootKey: newKey, of: keys.vaultID, to: $0) }
        let isDone =
            keyring.isNew && (mirror?.isNew ?? (self.directory.mirrorPath == nil))
            && (mirror?.counter ?? keyring.counter) == keyring.counter
            && keyring.image.header.recovery?.keyID == box?.keyID
        if isDone { return (.wasDone, keyring.image) }
        try self.write(newest.state, recovery: box, keys: keys)
        return (.changed, try self.checked(newKey))
    }

    /// Seals the root key to another recovery key; `nil` for nobody's.
    ///
    /// - Throws: as ``change(from:to:recovery:)``.
    func setRecovery(
        _ recovery: BoxPublicKey?, rootKey: borrowing SecretBytes
    ) throws -> KeyringImage {
        let (image, keys) = try KeyringImage.read(self.path, rootKey: rootKey)
        var state = image.state
        if let mirror = try self.mirrorImage(rootKey), mirror.state.counter > state.counter {
            state = mirror.state
        }
        let box = try recovery.map { try RecoveryBox(rootKey: rootKey, of: keys.vaultID, to: $0) }
        try self.write(state, recovery: box, keys: keys)
        return try self.checked(rootKey)
    }

    private var path: String { "\(self.directory.path)/\(KeyringCopy.name)" }

    /// A file, under whichever of the two keys it is.
    private struct Found {
        let image: KeyringImage
        /// What it holds, under the new key.
        let state: KeyringState
        let newKeys: KeyringKeys
        let isNew: Bool

        var counter: Int64 { self.image.state.counter }
    }

    private func found(
        _ directory: String, _ oldKey: borrowing SecretBytes, _ newKey: borrowing SecretBytes
    ) throws -> Found {
        let path = "\(directory)/\(KeyringCopy.name)"
        do {
            let (image, keys) = try KeyringImage.read(path, rootKey: newKey)
            return Found(image: image, state: image.state, newKeys: keys, isNew: true)
        } catch KeyringFileError.otherRootKey {
            let (image, keys) = try KeyringImage.read(path, rootKey: oldKey)
            let newKeys = try KeyringKeys(rootKey: newKey, vaultID: keys.vaultID)
            return Found(
                image: image, state: try keys.resealed(image.state, for: newKeys),
                newKeys: newKeys, isNew: false)
        }
    }

    /// The mirror; `nil` if there is none that can be used, and it is written anew.
    private func foundMirror(
        _ oldKey: borrowing SecretBytes, _ newKey: borrowing SecretBytes
    ) throws -> Found? {
        guard let path = self.directory.mirrorPath else { return nil }
        do {
            return try self.found(path, oldKey, newKey)
        } catch let error as KeyringFileError {
            // What another key opens is not ours to write over.
            if case .otherRootKey = error { throw error }
            return nil
        }
    }

    private func mirrorImage(_ rootKey: borrowing SecretBytes) throws -> KeyringImage? {
        guard let path = self.directory.mirrorPath else { return nil }
        do {
            return try KeyringImage.read("\(path)/\(KeyringCopy.name)", rootKey: rootKey).image
        } catch let error as KeyringFileError {
            if case .otherRootKey = error { throw error }
            return nil
        }
    }

    private func write(
        _ state: KeyringState, recovery: RecoveryBox?, keys: KeyringKeys
    ) throws {
        // All that is sealed opens under the new key, before anything is replaced.
        _ = try LiveKeys(state, keys: keys)
        for (id, sealed) in state.destructionKeys {
            _ = try keys.destructionKey(id, sealed: sealed)
        }
        var disk = KeyringDisk(
            keys: keys, recovery: recovery, keyring: Self.opened(self.directory.path),
            mirror: self.directory.mirrorPath.map { Self.opened($0) })
        defer { disk.close() }
        // What the old root key opens is overwritten once both files are in their places.
        try disk.rewrite(state, erasing: true)
    }

    private static func opened(_ directory: String) -> KeyringCopy {
        var copy = KeyringCopy(directory: directory)
        // One that is not there has nothing to be overwritten.
        _ = try? copy.open()
        return copy
    }

    /// Reads both files again, as a start would.
    private func checked(_ rootKey: borrowing SecretBytes) throws -> KeyringImage {
        let image = try KeyringImage.read(self.path, rootKey: rootKey).image
        if let mirrorPath = self.directory.mirrorPath {
            let mirror = try KeyringImage.read(
                "\(mirrorPath)/\(KeyringCopy.name)", rootKey: rootKey
            ).image
            guard mirror.header == image.header, mirror.byteCount == image.byteCount else {
                throw KeyringFileError.incomplete
            }
        }
        return image
    }
}
