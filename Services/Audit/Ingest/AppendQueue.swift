internal import AuditAPI
internal import Locks
internal import RPC

/// Calls that wait to be appended, in the order of their arrival; bounded.
final class AppendQueue: Sendable {
    /// A call that waits.
    struct WaitingCall: Sendable {
        let call: CheckedAppend
        let continuation: CheckedContinuation<AppendedEntries, any Error>
    }

    /// Calls that may wait; protects the process's memory.
    static let callLimit = 4_096
    /// Calls of one producer that may wait.
    static let producerCallLimit = 8
    /// Bytes of all calls that wait.
    static let byteCountLimit = 64 << 20
    /// Calls, entries and bytes of one batch; the first call is taken whatever its size.
    static let batchCallLimit = 512
    static let batchEntryLimit = 4_096
    static let batchByteCountLimit = 16 << 20

    private struct State {
        var waiting: [WaitingCall] = []
        var callCounts: [String: Int] = [:]
        var byteCount = 0
        var isClosed = false
    }

    private let state = Mutex(State())
    private let wakeUps: AsyncStream<Void>
    private let wakeUp: AsyncStream<Void>.Continuation

    /// Makes an empty queue.
    init() {
        (self.wakeUps, self.wakeUp) = AsyncStream.makeStream(
            of: Void.self, bufferingPolicy: .bufferingNewest(1))
    }

    /// Waits until a call is appended.
    ///
    /// The wait is bounded by that of the database, which is what it waits for.
    ///
    /// - Throws: ``RPCError/busy``, ``RPCError/notRunning``, or what the batch failed with.
    func append(_ call: CheckedAppend) async throws -> AppendedEntries {
        try await withCheckedThrowingContinuation { continuation in
            let refusal = self.state.withLock { state -> RPCError? in
                guard !state.isClosed else { return .notRunning }
                let count = state.callCounts[call.producer, default: 0]
                guard state.waiting.count < Self.callLimit, count < Self.producerCallLimit,
                    state.byteCount + call.byteCount <= Self.byteCountLimit
                else { return .busy }
                state.waiting.append(WaitingCall(call: call, continuation: continuation))
                state.callCounts[call.producer] = count + 1
                state.byteCount += call.byteCount
                return nil
            }
            if let refusal { return continuation.resume(throwing: refusal) }
            self.wakeUp.yield()
        }
    }

    /// Gives batches to a closure, one after the other, until the task is cancelled.
    func forEachBatch(_ body: ([WaitingCall]) async throws -> Void) async rethrows {
        for await _ in self.wakeUps {
            while true {
                let batch = self.take()
                guard !batch.isEmpty else { break }
                try await body(batch)
            }
        }
    }

    /// Refuses what waits and what comes.
    func close(_ error: RPCError = .notRunning) {
        let waiting = self.state.withLock { state in
            state.isClosed = true
            state.byteCount = 0
            state.callCounts = [:]
            defer { state.waiting = [] }
            return state.waiting
        }
        for call in waiting { call.continuation.resume(throwing: error) }
    }

    private func take() -> [WaitingCall] {
        self.state.withLock { state in
            var (entryCount, byteCount, callCount) = (0, 0, 0)
            for waiting in state.waiting.prefix(Self.batchCallLimit) {
                entryCount += waiting.call.entries.count
                byteCount += waiting.call.byteCount
                let fits =
                    entryCount <= Self.batchEntryLimit && byteCount <= Self.batchByteCountLimit
                guard fits || callCount == 0 else { break }
                callCount += 1
            }
            let batch = Array(state.waiting.prefix(callCount))
            state.waiting.removeFirst(callCount)
            for waiting in batch {
                let count = state.callCounts[waiting.call.producer, default: 1] - 1
                state.callCounts[waiting.call.producer] = count > 0 ? count : nil
            }
            state.byteCount -= batch.reduce(0) { $0 + $1.call.byteCount }
            return batch
        }
    }
}
