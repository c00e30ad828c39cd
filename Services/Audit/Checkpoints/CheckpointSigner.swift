internal import AuditFormat
internal import Glibc
internal import Locks
internal import NIOPosix
internal import ServiceKit
internal import TransparencyLog

/// Signs the log's checkpoints, each consistent with all before, and keeps the last one in a file
/// outside the database.
final class CheckpointSigner: Sendable {
    /// A checkpoint that was signed.
    struct Signed: Sendable {
        let logEpoch: Int64
        let checkpoint: Checkpoint
        let note: SignedNote

        /// How many entries it covers.
        var size: Int64 { Int64(clamping: self.checkpoint.size) }
        /// The note as it is written.
        var text: String { String(decoding: self.note.bytes, as: UTF8.self) }
    }

    /// What shows that a state of the log follows from what was signed.
    enum Evidence: Sendable {
        /// The first checkpoint of a tree: its root as the tiles give it.  In an epoch beyond the
        /// first, the note that the epoch's record says was the last one before.
        case first(rootOfTiles: MerkleHash, previousNote: String?)
        /// A proof from the last checkpoint.
        case grown(ConsistencyProof)
    }

    private struct State {
        var lock: CInt?
        var last: Signed?
        var stored: Signed?
    }

    private let key: NoteSigningKey
    private let directory: SignerDirectory
    private let state = Mutex(State())

    /// Makes a signer; ``open()`` it before use.
    init(key: NoteSigningKey, directory: SignerDirectory) {
        self.key = key
        self.directory = directory
    }

    deinit { self.close() }

    /// The key that verifies.
    var verifierKey: NoteVerifierKey { self.key.verifierKey }

    /// The last checkpoint that was signed.
    var last: Signed? { self.state.withLock { $0.last } }

    /// The last checkpoint of which this process knows that the database has a copy.
    var stored: Signed? { self.state.withLock { $0.stored } }

    /// Notes that the database has a copy of a checkpoint.
    func noteStored(_ signed: Signed) { self.state.withLock { $0.stored = signed } }

    /// What the checkpoints of an epoch begin with.
    func origin(of logEpoch: Int64) -> String { "\(self.key.verifierKey.name.text)/\(logEpoch)" }

    /// Takes the lock and reads the last checkpoint.
    ///
    /// - Throws: ``StartupError`` if another process has the lock, or the file is not this key's.
    func open() throws(StartupError) {
        let lock = try self.directory.lock()
        do throws(StartupError) {
            let last = try self.read()
            self.state.withLock { $0 = State(lock: lock, last: last) }
        } catch {
            Glibc.close(lock)
            throw error
        }
    }

    /// Gives the lock back.
    func close() {
        let lock = self.state.withLock { state in
            defer { state.lock = nil }
            return state.lock
        }
        if let lock { Glibc.close(lock) }
    }

    /// Signs a state of the log and writes it to the file.
    ///
    /// - Parameters:
    ///   - producers: how far the log has each producer's events.
    ///   - found: what is known to have been signed last, where the file was lost.
    /// - Throws: ``SigningRefusal``; ``SignerFileFailure``.
    func sign(
        _ log: LogState, _ evidence: Evidence, producers: CheckpointProducers,
        insteadOfLost found: Signed? = nil
    ) async throws -> Signed {
        try Self.check(log, evidence, against: self.last ?? found)
        try Self.check(producers, of: log, against: self.last ?? found)
        let checkpoint = try Checkpoint(
            origin: self.origin(of: log.logEpoch), size: UInt64(clamping: log.size),
            root: log.root, extensions: producers.lines)
        let signed = Signed(
            logEpoch: log.logEpoch, checkpoint: checkpoint,
            note: try checkpoint.signed(by: self.key))
        try await NIOThreadPool.singleton.runIfActive {
            try self.directory.writeCheckpoint(signed.note.bytes)
        }
        self.state.withLock { $0.last = signed }
        return signed
    }

    /// Reads a note of this log, from anywhere.
    ///
    /// - Throws: what is wrong with it.
    func verified(_ text: String) throws -> Signed {
        let note = try SignedNote(parsing: text.utf8)
        let name = "\(self.key.verifierKey.name.text)/"
        let first = note.text.prefix { $0 != "\n" }
        guard first.hasPrefix(name), let logEpoch = Int64(first.dropFirst(name.count))
        else { throw CheckpointError.otherOrigin }
        let policy = try CheckpointPolicy(
            origin: self.origin(of: logEpoch), logKeys: [self.key.verifierKey])
        return Signed(
            logEpoch: logEpoch, checkpoint: try policy.verify(note).checkpoint, note: note)
    }

    private func read() throws(StartupError) -> Signed? {
        guard let bytes = try self.directory.readCheckpoint() else { return nil }
        do {
            return try self.verified(String(decoding: bytes, as: UTF8.self))
        } catch {
            throw .failed(
                "\(self.directory.path)/checkpoint is not signed by the key of this log: \(error).")
        }
    }
}

extension CheckpointSigner {
    /// Whether a state of the log may be signed after a checkpoint: the one rule of signing.
    ///
    /// - Throws: ``SigningRefusal``.
    static func check(
        _ log: LogState, _ evidence: Evidence, against last: Signed?
    ) throws(SigningRefusal) {
        guard log.size > 0 else { throw .empty }
        if let last, last.logEpoch == log.logEpoch {
            guard log.size >= last.size else {
                throw .smaller(signed: last.size, offered: log.size)
            }
            guard log.size > last.size || log.root == last.checkpoint.root
            else { throw .secondRoot(size: log.size) }
            guard case .grown(let proof) = evidence,
                proof.oldSize == last.checkpoint.size, proof.newSize == UInt64(log.size)
            else { throw .notProven }
            do throws(ProofError) {
                try proof.verify(oldRoot: last.checkpoint.root, newRoot: log.root)
            } catch {
                throw .inconsistent(signed: last.size, offered: log.size)
            }
            return
        }
        guard case .first(let root, let previous) = evidence else { throw .notProven }
        guard root == log.root else { throw .inconsistent(signed: 0, offered: log.size) }
        if let last {
            guard log.logEpoch == last.logEpoch + 1, previous == last.text
            else { throw .otherEpoch(signed: last.logEpoch, offered: log.logEpoch) }
        } else {
            guard previous == nil
            else { throw .otherEpoch(signed: 0, offered: log.logEpoch) }
        }
    }

    /// Whether the log has at least those events of each producer that were signed before: a
    /// checkpoint that said less would prove that the others do not exist.
    static func check(
        _ producers: CheckpointProducers, of log: LogState, against last: Signed?
    ) throws(SigningRefusal) {
        guard let last, last.logEpoch == log.logEpoch else { return }
        for (name, signed) in CheckpointProducers(last.checkpoint).last {
            guard let offered = producers.last[name],
                (offered.epoch, offered.sequence) >= (signed.epoch, signed.sequence)
            else { throw .producerFell(name) }
        }
    }
}

/// Why the signer does not sign.
enum SigningRefusal: Error, Hashable, CustomStringConvertible {
    /// There is nothing to sign.
    case empty
    /// The log has less of a producer than was signed.
    case producerFell(String)
    /// The log is smaller than it was signed.
    case smaller(signed: Int64, offered: Int64)
    /// The log of this size was signed with another root.
    case secondRoot(size: Int64)
    /// What was signed is not the beginning of what is stored.
    case inconsistent(signed: Int64, offered: Int64)
    /// What was signed is of another epoch.
    case otherEpoch(signed: Int64, offered: Int64)
    /// The evidence is of another kind or for other sizes.
    case notProven

    var description: String {
        switch self {
        case .empty: "The log is empty."
        case .producerFell(let name):
            "The database has fewer events of \(name) than were signed."
        case .smaller(let signed, let offered):
            "The database lacks the entries \(offered) to \(signed - 1), which are signed."
        case .secondRoot(let size):
            "The log of \(size) entries was signed with another root than the database has."
        case .inconsistent(let signed, let offered):
            "The \(offered) entries in the database do not begin with the \(signed) signed ones."
        case .otherEpoch(let signed, let offered):
            "The signer is in the epoch \(signed) of the log and the database in \(offered)."
        case .notProven: "Nothing shows that the log follows from what was signed."
        }
    }
}
