internal import FoundationEssentials
internal import ServiceKit
internal import Sodium

/// A keyring and its mirror as they were found, made or restored, and locked.
struct OpenedKeyring: Sendable {
    /// What follows from the root key.
    let keys: KeyringKeys
    /// What the keyring holds.
    let state: KeyringState
    /// The files.
    let disk: KeyringDisk
    /// Kept for as long as the keyring is written.
    let lock: KeyringLock
    /// What was put right.
    let repairs: [KeyringRepair]
    /// Why the files could not be put right, which is tried again with the next change.
    let objection: KeyringError?

    /// Opens a keyring; see ``Keyring/init(opening:rootKey:)``.
    init(opening directory: KeyringDirectory, rootKey: borrowing SecretBytes) throws {
        let lock = try directory.lock()
        var files = FoundFiles(directory)
        do {
            let (keyring, keys) = try files.readKeyring(rootKey: rootKey)
            let (mirror, difference) = try files.readMirror(of: keyring, keys: keys)
            self.init(
                keyring, mirror: mirror, difference: difference, in: files, keys: keys, lock: lock)
        } catch {
            files.close()
            throw error
        }
    }

    /// Decides which of the two files counts, and brings the other up to it.
    private init(
        _ keyring: KeyringImage, mirror: KeyringImage?, difference: String?, in files: FoundFiles,
        keys: KeyringKeys, lock: KeyringLock
    ) {
        var state = keyring.state
        var repairs: [KeyringRepair] = []
        if let newer = mirror?.state, newer.counter > state.counter {
            repairs.append(.takenFromMirror(changeCount: newer.counter - state.counter))
            state = newer
        } else if keyring.tailByteCount > 0 {
            repairs.append(.droppedTail(byteCount: keyring.tailByteCount))
        }
        if let difference { repairs.append(.mirrorWritten(difference)) }
        var disk = KeyringDisk(
            keys: keys, recovery: keyring.header.recovery, keyring: files.keyring,
            mirror: files.mirror)
        if repairs.isEmpty {
            disk.accept(keyring)
            self.objection = nil
        } else {
            self.objection = Self.objection { try disk.rewrite(state, erasing: false) }
        }
        self.keys = keys
        self.state = state
        self.disk = disk
        self.lock = lock
        self.repairs = repairs
    }

    /// Makes a keyring.
    init(
        creatingIn directory: KeyringDirectory, rootKey: borrowing SecretBytes,
        recovery: BoxPublicKey?, vaultID: UUID
    ) throws {
        let keys = try KeyringKeys(rootKey: rootKey, vaultID: vaultID)
        let box = try recovery.map { try RecoveryBox(rootKey: rootKey, of: vaultID, to: $0) }
        var state = KeyringState()
        for record in [
            try keys.newIdentity(), try keys.newCodeKey(),
            .epoch(try keys.newEpoch(number: 1, at: Date())),
        ] { try state.apply(record) }
        try self.init(writing: state, recovery: box, to: directory, keys: keys, over: nil)
    }

    /// Puts a keyring's copy in the place of one that was lost.
    ///
    /// - Throws: `StartupError` if there is one, or the mirror has a newer one.
    init(
        restoring image: KeyringImage, in directory: KeyringDirectory, keys: KeyringKeys
    ) throws {
        try self.init(
            writing: image.state, recovery: image.header.recovery, to: directory, keys: keys,
            over: image)
    }

    private init(
        writing state: KeyringState, recovery: RecoveryBox?, to directory: KeyringDirectory,
        keys: KeyringKeys, over older: KeyringImage?
    ) throws {
        let lock = try directory.lock()
        for path in [directory.path, directory.mirrorPath].compactMap({ $0 }) {
            try Self.checkIsFree(
                KeyringCopy(directory: path), for: path == directory.path ? nil : older, keys)
        }
        var disk = KeyringDisk(
            keys: keys, recovery: recovery, keyring: KeyringCopy(directory: directory.path),
            mirror: directory.mirrorPath.map { KeyringCopy(directory: $0) })
        try disk.rewrite(state, erasing: false)
        self.keys = keys
        self.state = state
        self.disk = disk
        self.lock = lock
        self.repairs = []
        self.objection = nil
    }

    /// Checks that nothing is lost by writing a file: there is none, or one that is no newer.
    private static func checkIsFree(
        _ copy: KeyringCopy, for image: KeyringImage?, _ keys: KeyringKeys
    ) throws {
        let bytes: [UInt8]
        do throws(KeyringFileError) {
            bytes = try KeyringCopy.read(copy.path)
        } catch .missing {
            return
        } catch {
            throw StartupError.failed(error.description)
        }
        guard let image else {
            throw StartupError.failed("\(copy.path) exists; a keyring is never overwritten.")
        }
        let header = try KeyringHeader(reading: bytes)
        guard header.vaultID == keys.vaultID else {
            throw KeyringFileError.otherVault(expected: keys.vaultID, found: header.vaultID)
        }
        // A damaged mirror is what a restored keyring is there to replace.
        let mirror = try? KeyringImage(reading: bytes, header: header, keys: keys)
        guard mirror.map({ $0.state.counter <= image.state.counter }) ?? true else {
            throw StartupError.failed(
                "\(copy.path) is newer than the keyring to restore: restore that one.")
        }
    }

    private static func objection(_ body: () throws -> Void) -> KeyringError? {
        do {
            try body()
            return nil
        } catch {
            return error as? KeyringError ?? .unwritable("\(error)")
        }
    }
}

/// The files as they are when a keyring is opened.
private struct FoundFiles {
    private(set) var keyring: KeyringCopy
    private(set) var mirror: KeyringCopy?

    init(_ directory: KeyringDirectory) {
        self.keyring = KeyringCopy(directory: directory.path)
        self.mirror = directory.mirrorPath.map { KeyringCopy(directory: $0) }
    }

    /// Reads the keyring.
    ///
    /// - Throws: ``KeyringFileError``.
    mutating func readKeyring(
        rootKey: borrowing SecretBytes
    ) throws -> (image: KeyringImage, keys: KeyringKeys) {
        let bytes = try self.keyring.open()
        let header = try KeyringHeader(reading: bytes)
        let keys = try KeyringKeys(rootKey: rootKey, vaultID: header.vaultID)
        return (try KeyringImage(reading: bytes, header: header, keys: keys), keys)
    }

    /// Reads the mirror.
    ///
    /// - Returns: what it says, `nil` if it cannot be used; and why it is not the same as the
    ///   keyring, `nil` if it is.
    /// - Throws: ``KeyringFileError/otherVault(expected:found:)``, since another vault's mirror is
    ///   not to be written over; ``KeyringFileError/otherRootKey``.
    mutating func readMirror(
        of keyring: KeyringImage, keys: KeyringKeys
    ) throws -> (image: KeyringImage?, difference: String?) {
        guard var copy = self.mirror else { return (nil, nil) }
        defer { self.mirror = copy }
        do {
            let bytes = try copy.open()
            let image = try KeyringImage(
                reading: bytes, header: try KeyringHeader(reading: bytes), keys: keys)
            let isSame =
                image.header == keyring.header && image.byteCount == keyring.byteCount
                && image.tailByteCount == 0 && keyring.tailByteCount == 0
            return (image, isSame ? nil : "it differed from the keyring.")
        } catch let error as KeyringFileError {
            switch error {
            case .otherVault, .otherRootKey: throw error
            default: return (nil, error.description)
            }
        }
    }

    /// Closes the files.
    mutating func close() {
        self.keyring.close()
        self.mirror?.close()
    }
}
