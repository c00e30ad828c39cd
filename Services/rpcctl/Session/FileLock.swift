import Glibc

/// A lock between processes, held while a refresh token is exchanged.
///
/// The kernel releases it when its holder ends, however that happens.
struct FileLock: Sendable {
    let path: String

    /// Does something while nobody else who asks for the lock does.
    ///
    /// - Throws: a ``CommandFailure`` with status 78 if the lock can't be had within the time, or
    ///   what the body throws.
    func held<Answer>(
        timeout: Duration = .seconds(15), _ body: () async throws -> Answer
    ) async throws -> Answer {
        let directory = self.path.split(separator: "/", omittingEmptySubsequences: false)
            .dropLast().joined(separator: "/")
        try PrivateFile.makeDirectory(directory)
        let descriptor = open(self.path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw CommandFailure.configuration("Can't open \(self.path): \(Errno.text).")
        }
        defer { close(descriptor) }
        let end = ContinuousClock.now + timeout
        while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            guard errno == EWOULDBLOCK || errno == EINTR, ContinuousClock.now < end else {
                throw CommandFailure.configuration(
                    "Another rpcctl holds \(self.path) for too long.")
            }
            // The kernel offers no wait for this lock that could be cancelled.
            try await Task.sleep(for: .milliseconds(10))
        }
        return try await body()
    }
}
