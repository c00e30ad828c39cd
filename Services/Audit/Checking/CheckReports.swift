internal import AuditAPI
internal import Locks
internal import RPC

/// What a check has found, on its way to a caller who may be slow to take it.
///
/// A check has the one turn there is, and so does not wait for its caller for ever: some reports
/// may wait here, and once the check has stood still for long enough in all it is given up.
final class CheckReports: Sendable {
    /// Reports that may wait; protects the process's memory.
    static let limit = 64

    private struct State {
        var waitingCount = 0
        var waited: Duration = .zero
    }

    /// The reports in their order; it ends as the check ends.
    let stream: AsyncThrowingStream<LogCheckReport, any Error>
    private let continuation: AsyncThrowingStream<LogCheckReport, any Error>.Continuation
    private let state = Mutex(State())
    private let patience: Duration

    private static let pause: Duration = .milliseconds(10)

    /// Waits for its reader for this long in all.
    init(patience: Duration) {
        self.patience = patience
        (self.stream, self.continuation) = AsyncThrowingStream.makeStream()
    }

    /// Passes a report on, once there is room for it.
    ///
    /// - Throws: ``RPCError/checkNotTaken``; `CancellationError`.
    func post(_ report: LogCheckReport) async throws {
        while self.state.withLock({ $0.waitingCount >= Self.limit }) {
            guard self.state.withLock({ $0.waited < self.patience }) else {
                throw RPCError.checkNotTaken
            }
            let began = ContinuousClock.now
            try await Task.sleep(for: Self.pause)
            self.state.withLock { $0.waited += began.duration(to: .now) }
        }
        self.state.withLock { $0.waitingCount += 1 }
        self.continuation.yield(report)
    }

    /// Notes that the reader has taken a report.
    func took() { self.state.withLock { $0.waitingCount -= 1 } }

    /// Ends the stream behind what was posted.
    func finish(throwing error: (any Error)? = nil) { self.continuation.finish(throwing: error) }
}
