import DequeModule
import Locks
import NIOCore

/// Messages that arrived on a stream and wait for the application to take them.
///
/// Bounded by flow control: the peer may send no more than its window ahead of what is taken.
final class MessageInbox: Sendable {
    private struct State {
        var messages = Deque<(message: ByteBuffer, credit: Int)>()
        var end: Result<Void, RPCError>?
        var waiter: CheckedContinuation<ByteBuffer?, any Error>?
        var waiterIsCancelled = false

        mutating func takeAll() -> Taken {
            defer { self.messages.removeAll() }
            return Taken(
                messageCount: self.messages.count,
                credit: self.messages.reduce(0) { $0 + $1.credit })
        }
    }

    private let state = Mutex(State())
    private let onTake: @Sendable (_ taken: Taken) -> Void

    /// What the sender may be given back.
    struct Taken: Sendable {
        var messageCount: Int
        var credit: Int
    }

    /// Makes an inbox that reports what was taken out, by a reader or because nobody will read it.
    init(onTake: @escaping @Sendable (_ taken: Taken) -> Void) { self.onTake = onTake }

    deinit { self.discard(self.state.withLock { $0.takeAll() }) }

    private func discard(_ taken: Taken) {
        if taken.messageCount > 0 { self.onTake(taken) }
    }

    /// Adds a message, or hands it to whoever waits for one.
    func deliver(_ message: ByteBuffer, credit: Int) {
        let (waiter, isTaken) = self.state.withLock {
            state -> (CheckedContinuation<ByteBuffer?, any Error>?, Bool) in
            guard state.end == nil else { return (nil, true) }
            if let waiter = state.waiter {
                state.waiter = nil
                return (waiter, true)
            }
            state.messages.append((message.detached, credit))
            return (nil, false)
        }
        if isTaken { self.onTake(Taken(messageCount: 1, credit: credit)) }
        waiter?.resume(returning: message)
    }

    /// Ends the sequence after what was delivered; an error overtakes it.
    func finish(_ end: Result<Void, RPCError>) {
        let (waiter, discarded) = self.state.withLock {
            state -> (CheckedContinuation<ByteBuffer?, any Error>?, Taken) in
            var discarded = Taken(messageCount: 0, credit: 0)
            guard state.end == nil else { return (nil, discarded) }
            state.end = end
            if case .failure = end { discarded = state.takeAll() }
            defer { state.waiter = nil }
            return (state.waiter, discarded)
        }
        self.discard(discarded)
        switch end {
        case .success: waiter?.resume(returning: nil)
        case .failure(let error): waiter?.resume(throwing: error)
        }
    }

    /// Takes the next message; `nil` after the last one.
    ///
    /// - Throws: the ``RPCError`` that ended the stream, or `CancellationError`.
    func next() async throws -> ByteBuffer? {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let step = self.state.withLock { state -> Step in
                    if state.waiterIsCancelled {
                        state.waiterIsCancelled = false
                        return .fail(CancellationError())
                    }
                    if let (message, credit) = state.messages.popFirst() {
                        return .take(message, credit)
                    }
                    switch state.end {
                    case .success: return .end
                    case .failure(let error): return .fail(error)
                    case nil: break
                    }
                    guard state.waiter == nil else {
                        return .fail(
                            RPCError(
                                .internal, reason: "rpc.concurrent_iteration",
                                message: "Two tasks read one stream."))
                    }
                    state.waiter = continuation
                    return .wait
                }
                switch step {
                case .take(let message, let credit):
                    self.onTake(Taken(messageCount: 1, credit: credit))
                    continuation.resume(returning: message)
                case .end: continuation.resume(returning: nil)
                case .fail(let error): continuation.resume(throwing: error)
                case .wait: break
                }
            }
        } onCancel: {
            let waiter = self.state.withLock {
                state -> CheckedContinuation<ByteBuffer?, any Error>? in
                guard let waiter = state.waiter else {
                    state.waiterIsCancelled = true
                    return nil
                }
                state.waiter = nil
                return waiter
            }
            waiter?.resume(throwing: CancellationError())
        }
    }

    private enum Step {
        case take(ByteBuffer, Int)
        case end
        case fail(any Error)
        case wait
    }
}
