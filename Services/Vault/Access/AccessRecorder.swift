internal import Locks
internal import Logging
internal import Postgres
internal import RPC
internal import ServiceKit
internal import ServiceLifecycle

/// Commits uses of secrets before anything is given out: what waits while one commit is on its way
/// shares the next one.
final class AccessRecorder: Service {
    /// Calls that may wait; protects the process's memory.
    private static let callLimit = 4_096
    /// Entries of one commit; the first call's are taken whatever their number.
    private static let batchLimit = 512

    private struct Waiting: Sendable {
        let entries: [AccessEntry]
        let continuation: CheckedContinuation<Void, any Error>
    }

    private struct State {
        var waiting: [Waiting] = []
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

    /// Waits until entries are committed.
    ///
    /// The wait is bounded by that of the database, which is what it waits for.
    ///
    /// - Throws: what kept them from being committed, and then nothing may be given out.
    func record(_ entries: [AccessEntry]) async throws {
        guard !entries.isEmpty else { return }
        try await withCheckedThrowingContinuation { continuation in
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
                    let batch = self.take()
                    guard !batch.isEmpty else { break }
                    await self.commit(batch)
                }
            }
        }
    }

    private func commit(_ batch: [Waiting]) async {
        do {
            _ = try await self.database.write(
                try AccessEntry.record(batch.flatMap(\.entries), to: self.audit),
                as: SecretStore.purpose, deadline: .now + .seconds(10))
            for waiting in batch { waiting.continuation.resume() }
        } catch {
            self.logger.warning(
                "uses of secrets could not be recorded, and nothing was given out",
                metadata: ["error": "\(error)"])
            for waiting in batch { waiting.continuation.resume(throwing: error) }
        }
    }

    private func take() -> [Waiting] {
        self.state.withLock { state in
            var count = 0
            var entryCount = 0
            for waiting in state.waiting {
                entryCount += waiting.entries.count
                guard entryCount <= Self.batchLimit || count == 0 else { break }
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
