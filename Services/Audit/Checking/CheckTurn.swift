internal import Locks
internal import RPC

/// Lets one check of the log run at a time: each reads all there is, and another at the same time
/// would only slow both.
final class CheckTurn: Sendable {
    private let isTaken = Mutex(false)

    /// Runs a body, unless another runs.
    ///
    /// - Throws: ``RPCError/checkRunning``; what the body throws.
    func run(_ body: () async throws -> Void) async throws {
        let isMine = self.isTaken.withLock { isTaken in
            defer { isTaken = true }
            return !isTaken
        }
        guard isMine else { throw RPCError.checkRunning }
        defer { self.isTaken.withLock { $0 = false } }
        try await body()
    }
}
