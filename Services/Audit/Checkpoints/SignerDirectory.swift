internal import Glibc
internal import ServiceKit

/// The directory of the signer: its lock and the last checkpoint it signed, outside the database.
struct SignerDirectory: Sendable {
    let path: String

    private var lockPath: String { "\(self.path)/lock" }
    private var checkpointPath: String { "\(self.path)/checkpoint" }
    private var temporaryPath: String { "\(self.path)/checkpoint.new" }

    /// Far above what a checkpoint has; whatever is larger is none.
    private static let byteCountLimit = 1 << 20

    /// Takes the lock for as long as the descriptor is open.
    ///
    /// - Throws: ``StartupError`` if another process has it, or the directory cannot be used.
    func lock() throws(StartupError) -> CInt {
        let descriptor = open(self.lockPath, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw .configuration("\(self.lockPath) cannot be opened: \(SystemError.last).")
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let error = SystemError.last
            let isHeld = error.number == EWOULDBLOCK
            close(descriptor)
            throw .failed(
                isHeld
                    ? "Another process holds \(self.lockPath): one log has one signer."
                    : "\(self.lockPath) cannot be locked: \(error).")
        }
        return descriptor
    }

    /// The last checkpoint, or `nil` if none was written.
    ///
    /// - Throws: ``StartupError`` if it cannot be read.
    func readCheckpoint() throws(StartupError) -> [UInt8]? {
        let descriptor = open(self.checkpointPath, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw .failed("\(self.checkpointPath) cannot be read: \(SystemError.last).")
        }
        defer { close(descriptor) }
        var content: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4_096)
        while content.count <= Self.byteCountLimit {
            let count = read(descriptor, &chunk, chunk.count)
            if count == 0 { return content }
            if count < 0 {
                if errno == EINTR { continue }
                throw .failed("\(self.checkpointPath) cannot be read: \(SystemError.last).")
            }
            content += chunk[..<count]
        }
        throw .failed("\(self.checkpointPath) is too large to be a checkpoint.")
    }

    /// Puts a checkpoint in the place of the one before, on disk before this returns.
    ///
    /// - Throws: ``SignerFileFailure``; what is on disk is not known then.
    func writeCheckpoint(_ content: [UInt8]) throws(SignerFileFailure) {
        let descriptor = open(
            self.temporaryPath, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o644)
        guard descriptor >= 0 else { throw self.failure }
        do throws(SignerFileFailure) {
            var rest = content[...]
            while !rest.isEmpty {
                let count = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
                if count < 0 && errno == EINTR { continue }
                guard count > 0 else { throw self.failure }
                rest = rest.dropFirst(count)
            }
            guard fsync(descriptor) == 0 else { throw self.failure }
        } catch {
            close(descriptor)
            throw error
        }
        guard close(descriptor) == 0, rename(self.temporaryPath, self.checkpointPath) == 0
        else { throw self.failure }
        try self.synchronise()
    }

    /// Brings the directory itself to disk, so that the rename outlives a loss of power.
    private func synchronise() throws(SignerFileFailure) {
        let descriptor = open(self.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw self.failure }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw self.failure }
    }

    private var failure: SignerFileFailure {
        SignerFileFailure(description: "\(self.checkpointPath): \(SystemError.last)")
    }
}

/// The signer's file could not be brought to disk: the service stops, since nobody can tell what
/// is there.
struct SignerFileFailure: Error, CustomStringConvertible {
    let description: String
}
