internal import Glibc
internal import ServiceKit

/// Where a keyring and its mirror lie.
struct KeyringDirectory: Sendable, Hashable {
    /// The directory of the keyring.
    let path: String
    /// The directory of its mirror, on another disk; `nil` if there is none.
    let mirrorPath: String?

    /// Names the directories.
    init(path: String, mirrorPath: String? = nil) {
        self.path = path
        self.mirrorPath = mirrorPath
    }

    /// Takes the lock for as long as its holder lives.
    ///
    /// It lies on the directory itself, which cannot be removed beneath it as a file can.
    ///
    /// - Throws: `StartupError` if another process has it, or there is no such directory.
    func lock() throws(StartupError) -> KeyringLock {
        let descriptor = open(self.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw .configuration("\(self.path) cannot be opened: \(SystemError.last).")
        }
        let lock = KeyringLock(descriptor)
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let error = SystemError.last
            throw .failed(
                error.number == EWOULDBLOCK
                    ? "Another process holds \(self.path): one keyring has one writer."
                    : "\(self.path) cannot be locked: \(error).")
        }
        return lock
    }
}

/// The lock of a keyring, given back when nobody holds this any more.
final class KeyringLock: Sendable {
    private let descriptor: CInt

    fileprivate init(_ descriptor: CInt) { self.descriptor = descriptor }

    deinit {
        // Given back even where a program that is just being started has a copy of the descriptor.
        _ = flock(self.descriptor, LOCK_UN)
        // Nothing can be done about a close that fails.
        _ = close(self.descriptor)
    }
}
