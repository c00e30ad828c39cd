import Locks
import NIOCore
import Wire

/// One call at its client.
// Safe because all state but the inbox is touched on the connection's event loop.
final class ClientCall: StreamOwner, MessageSender, @unchecked Sendable {
    /// What the caller waits for.
    enum Answer {
        /// One reply, delivered to a continuation.
        case reply(CheckedContinuation<ByteBuffer, any Error>)
        /// Messages, delivered to the inbox.
        case messages
    }

    let deadline: NIODeadline?
    private let connection: ClientConnection
    private let metadata: ByteBuffer
    private let request: ByteBuffer
    private let endsSending: Bool
    private var answer: Answer?
    private var reply: ByteBuffer?
    private let place: Place
    private(set) var hasEnded = false
    /// What the server streams; a call with a single reply needs none.
    private let messages: MessageInbox?

    /// The call's stream and the connection it is on, once it has one; outlives the call while
    /// credit is owed.
    // Safe because it is touched on the connection's event loop only.
    private final class Place: @unchecked Sendable {
        var handler: ConnectionHandler?
        var stream: ConnectionStream?

        func took(_ taken: MessageInbox.Taken) {
            guard let handler, let stream else { return }
            handler.consumed(taken, on: stream)
        }
    }

    init(
        connection: ClientConnection, metadata: ByteBuffer, request: ByteBuffer,
        endsSending: Bool, takesMessages: Bool, deadline: NIODeadline?
    ) {
        self.connection = connection
        self.metadata = metadata
        self.request = request
        self.endsSending = endsSending
        self.deadline = deadline
        let place = Place()
        self.place = place
        self.messages =
            takesMessages
            ? MessageInbox { taken in connection.eventLoop.run { place.took(taken) } } : nil
    }

    // MARK: The caller's side

    /// The next message of the server; `nil` when it has ended the call regularly.
    ///
    /// - Throws: the ``RPCError`` that ended the call, or `CancellationError`.
    func next() async throws -> ByteBuffer? { try await self.messages?.next() }

    /// Sends the request and waits for the only reply.
    func unary() async throws -> ByteBuffer {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                if self.connection.eventLoop.inEventLoop {
                    self.start(answering: continuation)
                } else {
                    self.connection.eventLoop.execute { self.start(answering: continuation) }
                }
            }
        } onCancel: {
            self.cancel()
        }
    }

    private func start(answering continuation: CheckedContinuation<ByteBuffer, any Error>) {
        guard !self.hasEnded else {
            return continuation.resume(throwing: RPCError.cancelledByCaller)
        }
        self.answer = .reply(continuation)
        self.connection.start(self)
    }

    /// Sends the request; messages are then taken with `next()`.
    func open() {
        self.connection.eventLoop.run {
            guard !self.hasEnded else { return }
            self.answer = .messages
            self.connection.start(self)
        }
    }

    func send(_ message: ByteBuffer) async throws {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation {
                (continuation: CheckedContinuation<Void, any Error>) in
                self.connection.eventLoop.run {
                    self.enqueue(
                        OutgoingMessage(type: .message, body: message, endsStream: false) {
                            if let error = $0 {
                                continuation.resume(throwing: error)
                            } else {
                                continuation.resume()
                            }
                        })
                }
            }
        } onCancel: {
            self.cancel()
        }
    }

    /// Says that no more messages will be sent.
    func finishSending() {
        self.connection.eventLoop.run {
            guard let metadata = try? CBOREncoder().encode(StatusMetadata.success) else {
                // Our own metadata types always encode.
                return
            }
            self.enqueue(
                OutgoingMessage(
                    type: .status, metadata: metadata, body: ByteBuffer(), endsStream: true))
        }
    }

    /// Gives the call up; harmless when it has ended.
    func cancel(_ error: RPCError = .cancelledByCaller) {
        self.connection.eventLoop.run { self.connection.cancel(self, error) }
    }

    private var pending: [OutgoingMessage] = []

    /// Sends, or keeps until the call has got its stream.
    private func enqueue(_ message: OutgoingMessage) {
        if self.hasEnded {
            message.completion?(
                RPCError(.cancelled, reason: "rpc.call_ended", message: "The call has ended."))
        } else if let handler = self.place.handler, let stream = self.place.stream {
            handler.send(message, on: stream)
        } else {
            self.pending.append(message)
        }
    }

    // MARK: The connection's side

    /// Opens the stream; called once, when one is free.
    func begin(on handler: ConnectionHandler) {
        let accepted = Int(handler.peerLimits?.metadataBytes ?? 0)
        guard self.metadata.readableBytes <= accepted else {
            return self.failed(
                RPCError(
                    .invalidArgument, reason: "rpc.metadata_too_large",
                    message: "Token, key and values together may have \(accepted) bytes."))
        }
        let stream = handler.makeStream(owner: self)
        self.place.handler = handler
        self.place.stream = stream
        if let deadline { handler.setDeadline(deadline, on: stream) }
        handler.send(
            OutgoingMessage(
                type: .open, metadata: self.metadata, body: self.request,
                endsStream: self.endsSending),
            on: stream)
        for message in self.pending { handler.send(message, on: stream) }
        self.pending = []
    }

    func giveUp(_ error: RPCError) {
        guard !self.hasEnded else { return }
        if let handler = self.place.handler, let stream = self.place.stream {
            handler.fail(stream, error)
        }
        self.failed(error)
    }

    func receivedMessage(_ message: ByteBuffer, credit byteCount: Int) {
        switch self.answer {
        case .reply:
            self.place.took(.init(messageCount: 1, credit: byteCount))
            self.reply = message
        case .messages: self.messages?.deliver(message, credit: byteCount)
        case nil: self.place.took(.init(messageCount: 1, credit: byteCount))
        }
    }

    func receivedEnd(_ status: StatusMetadata) {
        guard !self.hasEnded else { return }
        if let error = status.error { return self.failed(error) }
        self.hasEnded = true
        let answer = self.answer
        self.answer = nil
        self.messages?.finish(.success(()))
        guard case .reply(let continuation) = answer else { return }
        if let reply {
            continuation.resume(returning: reply)
        } else {
            continuation.resume(
                throwing: RPCError(
                    .internal, reason: "rpc.reply_missing",
                    message: "The server ended the call without a reply."))
        }
    }

    func failed(_ error: RPCError) {
        guard !self.hasEnded else { return }
        self.hasEnded = true
        let answer = self.answer
        self.answer = nil
        let pending = self.pending
        self.pending = []
        for message in pending { message.completion?(error) }
        self.messages?.finish(.failure(error))
        if case .reply(let continuation) = answer { continuation.resume(throwing: error) }
    }
}
