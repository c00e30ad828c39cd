import AuditAPI
import AuditFormat
import TransparencyLog

/// The newest checkpoint of a log, with the key that it was verified by.
struct VerifiedLog: Sendable {
    let signed: SignedCheckpoint
    let checkpoint: Checkpoint
    let key: AuditLogKey

    /// Gets the newest checkpoint and verifies it.
    ///
    /// - Throws: a ``CommandFailure``, with status 4 if the checkpoint is not believed.
    init(_ audit: AuditConnection, keys: AuditKeys, given: AuditKeyArgument?) async throws {
        let signed = try await audit.ask(GetCheckpoint())
        try self.init(signed, key: try keys.trusted(given, offered: signed.verifierKey))
    }

    /// Verifies a checkpoint.
    init(_ signed: SignedCheckpoint, key: AuditLogKey) throws {
        self.signed = signed
        self.key = key
        do {
            self.checkpoint = try key.verify(note: signed.note.utf8)
        } catch {
            throw CommandFailure.notVerified("The newest checkpoint is not believed: \(error).")
        }
        guard Int64(exactly: self.checkpoint.size) == signed.treeSize,
            self.checkpoint.origin == signed.origin
        else {
            throw CommandFailure.notVerified(
                "The service speaks of \(signed.treeSize) entries of \(signed.origin), but "
                    + "\(self.checkpoint.size) entries of \(self.checkpoint.origin) were signed.")
        }
        guard self.checkpoint.logEpoch == signed.logEpoch else {
            throw CommandFailure.notVerified(
                "The service speaks of epoch \(signed.logEpoch) of the log, but "
                    + "\(self.checkpoint.origin) was signed.")
        }
    }

    /// Reads a checkpoint that somebody kept, and verifies it by the same key.
    ///
    /// - Throws: a ``CommandFailure``, with status 4 if it is not believed.
    func kept(in path: String, files: FileSource = .disk) throws -> Checkpoint {
        let content = try files.read(path)
        let kept: Checkpoint
        do {
            kept = try self.key.verify(note: content)
        } catch {
            throw CommandFailure.notVerified("\(path) is not believed: \(error).")
        }
        guard kept.origin.utf8.elementsEqual(self.checkpoint.origin.utf8) else {
            throw CommandFailure.notVerified(
                "\(path) is of \(kept.origin), the newest checkpoint of "
                    + "\(self.checkpoint.origin): another epoch of the log.",
                hints: ["rpcctl audit log --action audit_epoch_begun"])
        }
        return kept
    }
}

extension CommandFailure {
    /// Something is not what was signed.
    static func notVerified(_ message: String, hints: [String] = []) -> Self {
        Self(.notVerified, reason: "rpcctl.not_verified", message, hints: hints)
    }
}
