internal import Locks
internal import Logging
internal import Postgres
internal import RPC
internal import ServiceKit
internal import ServiceLifecycle

/// Commits uses of secrets before anything is given out, and reads in the same transaction what is
/// given out for them: what waits while one commit is on its way shares the next one.
final class AccessRecorder: Service {
    /// Calls that may wait; protects the process's memory.
    private static let callLimit = 4_096
    /// Entries of one commit; the first call's are taken whatever their number.
    private static let batchLimit = 512
    /// Bytes of values in one commit; the first call's are taken whatever their length.
    private static let batchByteLimit = 4 << 20
    /// How long a commit waits for calls that are about to ask for one, to share it with them.
    private static let gathering = Duration.milliseconds(2)

    private struct Waiting: Sendable {
        let entries: [AccessEntry]
        let continuation: CheckedContinuation<[SealedContent?], any Error>

        var byteCount: Int { self.entries.reduce(0) { $0 + Int($1.released?.byteCount ?? 0) } }
    }

    private struct State {
        var waiting: [Waiting] = []
        /// Calls that are about to come.
        var expectedCount = 0
        var isClosed = false
    }

    private let database: Database
    private let audit: AuditOutbox
    private let logger: Logger
    private let state = Mutex(State())
    private let wakeUps: AsyncStream<Void>
    private let wakeUp: AsyncStream<Void>.Continuation

    /// Makes a recorder; ``run()`` commits.
    init(database: Database, audit: AuditOutbox, logger: Logger) {
        self.database = database
        self.audit = audit
        self.logger = logger
        (self.wakeUps, self.wakeUp) = AsyncStream.makeStream(
            of: Void.self, bufferingPolicy: .bufferingNewest(1))
    }

    /// Does what is done before entries are recorded: others' commits wait a little for these.
    func expecting<Result>(_ preparation: () async throws -> Result) async rethrows -> Result {
        self.state.withLock { $0.expectedCount += 1 }
        defer { self.state.withLock { $0.expectedCount -= 1 } }
        return try await preparation()
    }

    /// Waits until entries are committed.
    ///
    /// The wait is bounded by that of the database, which is what it waits for.
    ///
    /// - Returns: for each entry what its version holds; `nil` where it has none, or the version
    ///   was destroyed.
    /// - Throws: what kept them from being committed, and then nothing may be given out.
    @discardableResult
    func record(_ entries: [AccessEntry]) async throws -> [SealedContent?] {
        guard !entries.isEmpty else { return [] }
        return try await withCheckedThrowingContinuation { continuation in
            let refusal = self.state.withLock { state -> RPCError? in
                guard !state.isClosed else { return Self.stopping }
                guard state.waiting.count < Self.callLimit else { return Self.busy }
                state.waiting.append(Waiting(entries: entries, continuation: continuation))
                return nil
            }
            if let refusal { return continuation.resume(throwing: refusal) }
            self.wakeUp.yield()
        }
    }

    func run() async throws {
        defer { self.close() }
        await cancelWhenGracefulShutdown {
            for await _ in self.wakeUps {
                while true {
                    if self.isWorthWaiting {
                        // Cancelled, it ends early, and what is there is committed.
                        try? await Task.sleep(for: Self.gathering)
                    }
                    let batch = self.take()
                    guard !batch.isEmpty else { break }
                    await self.commit(batch)
                }
            }
        }
    }

    private func commit(_ batch: [Waiting]) async {
        do {
            let entries = batch.flatMap(\.entries)
            var statements = try AccessEntry.record(entries, to: self.audit)
            let released = entries.compactMap(\.released)
            if !released.isEmpty { statements.append(SealedContent.query(released)) }
            let results = try await self.database.write(
                statements, as: SecretStore.purpose, deadline: .now + .seconds(10))
            var contents = ArraySlice<SealedContent?>()
            if !released.isEmpty, let last = results.last {
                contents = try SealedContent.decode(last)[...]
            }
            for waiting in batch {
                waiting.continuation.resume(
                    returning: waiting.entries.map {
                        $0.released == nil ? nil : contents.popFirst() ?? nil
                    })
            }
        } catch {
            self.logger.warning(
                "uses of secrets could not be recorded, and nothing was given out",
                metadata: ["error": "\(error)"])
            for waiting in batch { waiting.continuation.resume(throwing: error) }
        }
    }

    private var isWorthWaiting: Bool {
        self.state.withLock { !$0.waiting.isEmpty && $0.expectedCount > 0 }
    }

    private func take() -> [Waiting] {
        self.state.withLock { state in
            var count = 0
            var (entryCount, byteCount) = (0, 0)
            for waiting in state.waiting {
                entryCount += waiting.entries.count
                byteCount += waiting.byteCount
                let isWithin = entryCount <= Self.batchLimit && byteCount <= Self.batchByteLimit
                guard isWithin || count == 0 else { break }
                count += 1
            }
            let batch = Array(state.waiting.prefix(count))
            state.waiting.removeFirst(count)
            return batch
        }
    }

    private func close() {
        let waiting = self.state.withLock { state in
            state.isClosed = true
            defer { state.waiting = [] }
            return state.waiting
        }
        for waiting in waiting { waiting.continuation.resume(throwing: Self.stopping) }
    }

    private static let stopping = RPCError(
        .unavailable, reason: "vault.stopping", message: "The vault gives out nothing now.",
        retry: .after(.milliseconds(500)))
    private static let busy = RPCError(
        .resourceExhausted, reason: "vault.busy", message: "Too many calls wait.",
        retry: .after(.milliseconds(200)))
}
