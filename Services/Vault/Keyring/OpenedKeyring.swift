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
        var copy = KeyringCopy(directory: directory.path)
        let bytes = try copy.open()
        let header = try KeyringHeader(reading: bytes)
        let keys = try KeyringKeys(rootKey: rootKey, vaultID: header.vaultID)
        let image = try KeyringImage(reading: bytes, header: header, keys: keys)
        var mirror = try directory.mirrorPath.map { path in
            try FoundMirror(KeyringCopy(directory: path), of: image, keys: keys)
        }
        var state = image.state
        var repairs: [KeyringRepair] = []
        if let newer = mirror?.image?.state, newer.counter > state.counter {
            repairs.append(.takenFromMirror(changeCount: newer.counter - state.counter))
            state = newer
        } else if image.tailByteCount > 0 {
            repairs.append(.droppedTail(byteCount: image.tailByteCount))
        }
        if let reason = mirror?.difference { repairs.append(.mirrorWritten(reason)) }
        let found = mirror?.copy
        mirror = nil
        var disk = KeyringDisk(
            keys: keys, recovery: header.recovery, keyring: copy, mirror: found)
        self.objection =
            repairs.isEmpty
            ? nil : Self.objection { try disk.rewrite(state, erasing: false) }
        if repairs.isEmpty { disk.accept(image) }
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

/// The mirror as it is when a keyring is opened.
private struct FoundMirror {
    /// The file.
    let copy: KeyringCopy
    /// What it says; `nil` if it cannot be used.
    let image: KeyringImage?
    /// Why it is not the same as the keyring; `nil` if it is.
    let difference: String?

    /// Looks at a mirror.
    ///
    /// - Throws: ``KeyringFileError/otherVault(expected:found:)``, since another vault's mirror must
    ///   not be written over; ``KeyringFileError/otherRootKey``.
    init(_ copy: KeyringCopy, of keyring: KeyringImage, keys: KeyringKeys) throws {
        var copy = copy
        var image: KeyringImage?
        do {
            let bytes = try copy.open()
            image = try KeyringImage(
                reading: bytes, header: try KeyringHeader(reading: bytes), keys: keys)
            let isSame =
                image?.header == keyring.header && image?.byteCount == keyring.byteCount
                && image?.tailByteCount == 0 && keyring.tailByteCount == 0
            self.difference = isSame ? nil : "it differed from the keyring."
        } catch let error as KeyringFileError {
            switch error {
            case .otherVault, .otherRootKey: throw error
            default: self.difference = error.description
            }
        }
        self.copy = copy
        self.image = image
    }
}
