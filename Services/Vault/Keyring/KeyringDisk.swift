internal import Glibc
internal import ServiceKit

/// The keyring's file and its mirror: a change counts once it is on disk in both.
struct KeyringDisk: Sendable {
    private let keys: KeyringKeys
    /// The root key for who has the recovery key.
    let recovery: RecoveryBox?
    private var keyring: KeyringCopy
    private var mirror: KeyringCopy?
    private var chain: FrameChain?
    /// How long the file was when it was last written anew.
    private var rewrittenByteCount = 0
    private var byteCount = 0

    /// How much a file may grow before it is written anew, beside its own length.
    private static let growthByteCountLimit = 1 << 20

    /// Takes the copies over; they are written anew with the first change, unless they are
    /// ``accept(_:)``ed.
    init(
        keys: KeyringKeys, recovery: RecoveryBox?, keyring: KeyringCopy, mirror: KeyringCopy?
    ) {
        self.keys = keys
        self.recovery = recovery
        self.keyring = keyring
        self.mirror = mirror
    }

    /// Takes the files as they are.
    mutating func accept(_ image: KeyringImage) {
        self.chain = image.chain
        self.byteCount = image.byteCount
        self.rewrittenByteCount = image.byteCount
        self.keyring.accept(byteCount: image.byteCount)
        self.mirror?.accept(byteCount: image.byteCount)
    }

    /// Brings changes to disk.
    ///
    /// - Parameter after: the state with these changes, made only where it is needed.
    /// - Throws: ``KeyringError``.
    mutating func write(
        _ records: [KeyringRecord], after: () throws -> KeyringState
    ) throws {
        try self.checkIsOurs()
        let isLong = self.byteCount > 2 * self.rewrittenByteCount + Self.growthByteCountLimit
        let destroys = records.contains(where: \.destroys)
        guard !destroys, !isLong, self.isInPlace, var chain = self.chain else {
            return try self.rewrite(try after(), erasing: destroys)
        }
        let frame = try chain.append(KeyringRecord.encode(records), keys: self.keys)
        self.chain = nil
        try Self.writing(&self.mirror) { copy throws(SystemError) in try copy.append(frame) }
        try Self.writing(&self.keyring) { copy throws(SystemError) in try copy.append(frame) }
        self.chain = chain
        self.byteCount += frame.count
    }

    /// Writes both files anew.
    ///
    /// - Parameter erasing: whether the files before hold what must be gone.
    /// - Throws: ``KeyringError``.
    mutating func rewrite(_ state: KeyringState, erasing: Bool) throws {
        let (bytes, chain) = try KeyringImage.write(
            state, recovery: self.recovery, keys: self.keys)
        // Until all of it has happened nobody knows which of the files is there after a crash.
        self.chain = nil
        var replaced: [CInt] = []
        defer {
            self.mirror?.discardPrepared()
            self.keyring.discardPrepared()
            for descriptor in replaced { KeyringCopy.dispose(of: descriptor, erasing: erasing) }
        }
        try Self.writing(&self.mirror) { copy throws(SystemError) in try copy.prepare(bytes) }
        try Self.writing(&self.keyring) { copy throws(SystemError) in try copy.prepare(bytes) }
        try Self.writing(&self.mirror) { copy throws(SystemError) in
            replaced.append(try copy.replace())
        }
        try Self.writing(&self.keyring) { copy throws(SystemError) in
            replaced.append(try copy.replace())
        }
        self.chain = chain
        self.byteCount = bytes.count
        self.rewrittenByteCount = bytes.count
    }

    /// Closes the files.
    mutating func close() {
        self.chain = nil
        self.keyring.close()
        self.mirror?.close()
    }

    /// Another process that writes the keyring has got past the lock: it must not be disturbed.
    private func checkIsOurs() throws(KeyringError) {
        guard self.chain != nil, case .foreign = self.keyring.standing else { return }
        throw .fenced(self.keyring.path)
    }

    /// Whether both files are as they were left; one that was removed, and a mirror that somebody
    /// else has written, is made again.
    private var isInPlace: Bool {
        [self.keyring, self.mirror].allSatisfy { $0.map { $0.standing == .same } ?? true }
    }

    private static func writing(
        _ copy: inout KeyringCopy?, _ body: (inout KeyringCopy) throws(SystemError) -> Void
    ) throws(KeyringError) {
        guard var some = copy else { return }
        defer { copy = some }
        try Self.writing(&some, body)
    }

    private static func writing(
        _ copy: inout KeyringCopy, _ body: (inout KeyringCopy) throws(SystemError) -> Void
    ) throws(KeyringError) {
        do throws(SystemError) {
            try body(&copy)
        } catch {
            throw .unwritable("\(copy.directory): \(error)")
        }
    }
}
