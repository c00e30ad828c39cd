internal import FoundationEssentials
internal import SecretFormat
internal import ServiceKit
internal import Sodium

/// What the bytes of a keyring's file say.
struct KeyringImage: Sendable {
    /// The header.
    let header: KeyringHeader
    /// What the keyring holds.
    let state: KeyringState
    /// Where the next frame goes.
    let chain: FrameChain
    /// How many bytes are whole.
    let byteCount: Int
    /// How many bytes of an unfinished change follow.
    let tailByteCount: Int

    /// How many records a frame has where the file is written anew.
    private static let recordsInFrame = 512

    /// Reads a file.
    ///
    /// - Throws: ``KeyringFileError``.
    init(reading file: [UInt8], header: KeyringHeader, keys: KeyringKeys) throws {
        guard header.vaultID == keys.vaultID else {
            throw KeyringFileError.otherVault(expected: keys.vaultID, found: header.vaultID)
        }
        guard Sodium.equal(header.keyCheck, keys.check) else {
            throw KeyringFileError.otherRootKey
        }
        var chain = FrameChain(header)
        var state = KeyringState()
        var offset = header.bytes.count
        var beginning: (frameCount: Int64, counter: Int64)?
        reading: while offset < file.count {
            switch try chain.read(file, at: offset, keys: keys) {
            case .tail: break reading
            case .damage(let what): throw KeyringFileError.broken(offset: offset, what)
            case .frame(let content, let end):
                guard var records = KeyringRecord.decode(content)?[...] else {
                    throw KeyringFileError.broken(
                        offset: offset, "a record that this version does not know")
                }
                if chain.count == 1, case .snapshot(let frames, let counter)? = records.first {
                    beginning = (frames, counter)
                    records.removeFirst()
                }
                do throws(KeyringFault) {
                    for record in records { try state.apply(record) }
                } catch {
                    throw KeyringFileError.broken(offset: offset, error.description)
                }
                if let beginning, chain.count == UInt64(clamping: beginning.frameCount) {
                    state.counter = beginning.counter
                }
                offset = end
            }
        }
        guard let beginning, chain.count >= UInt64(clamping: beginning.frameCount) else {
            throw KeyringFileError.incomplete
        }
        do throws(KeyringFault) {
            try state.checkIsWhole()
        } catch {
            throw KeyringFileError.broken(offset: offset, error.description)
        }
        self.header = header
        self.state = state
        self.chain = chain
        self.byteCount = offset
        self.tailByteCount = file.count - offset
    }

    /// The bytes of a new file with everything that a state holds and nothing that is gone.
    static func write(
        _ state: KeyringState, recovery: RecoveryBox?, keys: KeyringKeys
    ) throws -> (bytes: [UInt8], chain: FrameChain) {
        let header = KeyringHeader(keys: keys, recovery: recovery)
        var chain = FrameChain(header)
        let records = state.records
        let frameCount = max(1, (records.count + Self.recordsInFrame - 1) / Self.recordsInFrame)
        var bytes = header.bytes
        for index in 0..<frameCount {
            let start = index * Self.recordsInFrame
            var part = Array(records[start..<min(start + Self.recordsInFrame, records.count)])
            if index == 0 {
                part.insert(
                    .snapshot(frameCount: Int64(frameCount), counter: state.counter), at: 0)
            }
            bytes += try chain.append(KeyringRecord.encode(part), keys: keys)
        }
        return (bytes, chain)
    }
}

extension KeyringImage {
    /// Reads a file at a path, without a lock and without changing anything.
    ///
    /// - Throws: ``KeyringFileError``.
    static func read(
        _ path: String, rootKey: borrowing SecretBytes
    ) throws -> (image: KeyringImage, keys: KeyringKeys) {
        let bytes = try KeyringCopy.read(path)
        let header = try KeyringHeader(reading: bytes)
        let keys = try KeyringKeys(rootKey: rootKey, vaultID: header.vaultID)
        return (try KeyringImage(reading: bytes, header: header, keys: keys), keys)
    }

    /// The root key that a file carries, sealed to a recovery key.
    ///
    /// - Throws: ``KeyringFileError``; `StartupError` if it is sealed to no key, or to another.
    static func recoverRootKey(
        from path: String, with pair: borrowing BoxKeyPair
    ) throws -> SecretBytes {
        let header = try KeyringHeader(reading: try KeyringCopy.read(path))
        guard let recovery = header.recovery,
            recovery.keyID == SealingKey.identifier(of: pair.publicKey.bytes)
        else { throw StartupError.failed("\(path) carries nothing for this recovery key.") }
        return try recovery.rootKey(of: header.vaultID, with: pair)
    }
}
