import Logging
import NIOCore
import Wire

/// One call at its server: the handler's task and the stream it answers on.
// Safe because all state is touched on the connection's event loop; methods that a handler calls
// hop there when they are elsewhere.
final class ServerCall: StreamOwner, MessageSender, @unchecked Sendable {
    let isEndless: Bool
    /// Messages after the request; from the start where the method takes any, so that it hears of
    /// their end, otherwise once some come all the same.
    private var inputs: MessageInbox?
    private let connection: ConnectionHandler
    private let stream: ConnectionStream
    private let eventLoop: any EventLoop
    private var task: Task<Void, Never>?
    private var revocation: RevocationRegistration?
    /// Why the call ended before its handler did.
    private(set) var failure: RPCError?
    private var hasEnded = false

    init(
        connection: ConnectionHandler, stream: ConnectionStream, eventLoop: any EventLoop,
        shape: CallShape, isEndless: Bool
    ) {
        self.isEndless = isEndless
        self.connection = connection
        self.stream = stream
        self.eventLoop = eventLoop
        if shape == .clientStream || shape == .bidirectional { self.inputs = self.makeInbox() }
    }

    private func makeInbox() -> MessageInbox {
        let handles = LoopBound(connection: self.connection, stream: self.stream)
        let eventLoop = self.eventLoop
        return MessageInbox { taken in
            eventLoop.run { handles.connection.consumed(taken, on: handles.stream) }
        }
    }

    /// Runs the handler as a task on the connection's event loop, at once until it first waits.
    func start(
        executor: EventLoopTaskExecutor,
        _ serve: @escaping @Sendable (ServerCall) async -> Void
    ) {
        let task = Task.immediate(executorPreference: executor) {
            await serve(self)
            if self.eventLoop.inEventLoop {
                self.finished()
            } else {
                self.eventLoop.execute { self.finished() }
            }
        }
        guard !self.hasEnded else { return }
        self.task = task
        // What ended the call before its handler first waited could not reach the task yet.
        if self.failure != nil { task.cancel() }
    }

    /// Ends the call when the caller's session does.
    func observe(_ caller: Caller, authorizer: any CallAuthorizer) {
        let registration = authorizer.whenRevoked(caller) { error in
            self.eventLoop.execute { self.connection.fail(self.stream, error) }
        }
        self.eventLoop.run {
            if self.hasEnded { registration.cancel() } else { self.revocation = registration }
        }
    }

    // MARK: The handler's side

    /// What the caller sends after its request.
    var inbox: MessageInbox {
        if let inputs { return inputs }
        let made = self.makeInbox()
        self.inputs = made
        return made
    }

    /// Sends the only reply of a call.
    func reply(_ message: ByteBuffer) {
        guard self.eventLoop.inEventLoop else {
            return self.eventLoop.execute { self.reply(message) }
        }
        guard message.readableBytes <= self.largestMessage else {
            return self.connection.fail(self.stream, self.tooLarge(message.readableBytes))
        }
        self.connection.send(
            OutgoingMessage(type: .message, body: message, endsStream: true), on: self.stream)
    }

    /// Ends a stream of elements.
    func end() {
        self.eventLoop.run {
            guard let metadata = try? CBOREncoder().encode(StatusMetadata.success) else {
                // Our own metadata types always encode.
                return
            }
            self.connection.send(
                OutgoingMessage(
                    type: .status, metadata: metadata, body: ByteBuffer(), endsStream: true),
                on: self.stream)
        }
    }

    /// Ends the call with an error.
    func fail(_ error: RPCError) {
        self.eventLoop.run { self.connection.fail(self.stream, error) }
    }

    func send(_ message: ByteBuffer) async throws {
        try await withCheckedThrowingContinuation {
            (continuation: CheckedContinuation<Void, any Error>) in
            self.eventLoop.run {
                guard message.readableBytes <= self.largestMessage else {
                    return continuation.resume(
                        throwing: self.tooLarge(message.readableBytes))
                }
                self.connection.send(
                    OutgoingMessage(type: .message, body: message, endsStream: false) { error in
                        if let error {
                            continuation.resume(throwing: error)
                        } else {
                            continuation.resume()
                        }
                    },
                    on: self.stream)
            }
        }
    }

    private var largestMessage: Int {
        min(
            self.connection.limits.messageByteCount,
            Int(self.connection.peerLimits?.messageBytes ?? 0))
    }

    private func tooLarge(_ byteCount: Int) -> RPCError {
        RPCError(
            .resourceExhausted, reason: "rpc.message_too_large",
            message: "The answer has \(byteCount) bytes, more than \(self.largestMessage).")
    }

    // MARK: The connection's side

    func receivedMessage(_ message: ByteBuffer, credit byteCount: Int) {
        // Where no handler takes it, it is not given back to the sender before the call ends.
        self.inbox.deliver(message, credit: byteCount)
    }

    func receivedEnd(_ status: StatusMetadata) {
        self.inputs?.finish(status.error.map { .failure($0) } ?? .success(()))
    }

    func failed(_ error: RPCError) {
        self.failure = self.failure ?? error
        self.inputs?.finish(.failure(error))
        self.task?.cancel()
    }

    private func finished() {
        self.hasEnded = true
        self.revocation?.cancel()
        self.revocation = nil
        self.task = nil
        self.connection.finished(self.stream)
    }
}

/// Connection and stream, carried through a closure that runs on their event loop.
// Safe because both are only touched on the event loop.
private struct LoopBound: @unchecked Sendable {
    let connection: ConnectionHandler
    let stream: ConnectionStream
}

extension ConnectionHandler {
    /// The handler of a stream is through: the stream ends once its answer has left.
    func finished(_ stream: ConnectionStream) {
        guard self.streams[stream.id] === stream else { return }
        if stream.outgoing.isEmpty {
            self.close(stream)
        } else {
            stream.owner = ClosingOwner(connection: self, stream: stream)
        }
    }
}

/// Waits for the rest of an answer to leave after its handler is through.
private final class ClosingOwner: StreamOwner {
    private unowned let connection: ConnectionHandler
    private unowned let stream: ConnectionStream

    init(connection: ConnectionHandler, stream: ConnectionStream) {
        self.connection = connection
        self.stream = stream
    }

    func receivedMessage(_ message: ByteBuffer, credit byteCount: Int) {
        self.connection.consumed(.init(messageCount: 1, credit: byteCount), on: self.stream)
    }

    func receivedEnd(_ status: StatusMetadata) {}

    func sentEverything() { self.connection.close(self.stream) }

    func failed(_ error: RPCError) { self.connection.close(self.stream) }
}

extension EventLoop {
    /// Runs now when on this loop, else as its next work.
    func run(_ work: @escaping @Sendable () -> Void) {
        if self.inEventLoop { work() } else { self.execute(work) }
    }
}
