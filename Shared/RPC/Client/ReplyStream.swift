/// The elements that a server streams.  May be iterated once; dropping it cancels the call.
public struct ReplyStream<Element: Codable & Sendable>: AsyncSequence, Sendable {
    private let call: RawCall

    init(_ call: RawCall) { self.call = call }

    /// Begins to read.
    public func makeAsyncIterator() -> Iterator { Iterator(call: self.call) }

    /// Gives the stream up, also while another task reads it.
    public func cancel() { self.call.cancel() }

    /// Reads one element after the other; the server is slowed to the reader's pace.
    public struct Iterator: AsyncIteratorProtocol {
        fileprivate let call: RawCall

        /// The next element; `nil` when the server has ended the stream.
        ///
        /// - Throws: the ``RPCError`` that ended the call, or `CancellationError`.
        public mutating func next() async throws -> Element? {
            guard let message = try await self.call.next() else { return nil }
            return try RPCClient.decode(Element.self, from: message)
        }
    }
}

/// A call that takes a stream of inputs and answers once.  Dropping it cancels the call.
public struct UploadCall<Input: Codable & Sendable, Reply: Codable & Sendable>: Sendable {
    private let call: RawCall

    init(_ call: RawCall) { self.call = call }

    /// Sends one input; suspends while the server has granted no credit.
    ///
    /// - Throws: ``RPCError`` when the call has ended.
    public func send(_ input: Input) async throws {
        try await self.call.send(try RPCClient.encode(input))
    }

    /// Ends the inputs and waits for the reply.
    ///
    /// - Throws: ``RPCError``.
    public func finish() async throws -> Reply {
        self.call.finishSending()
        guard let message = try await self.call.next() else {
            throw RPCError(
                .internal, reason: "rpc.reply_missing",
                message: "The server ended the call without a reply.")
        }
        return try RPCClient.decode(Reply.self, from: message)
    }

    /// Gives the call up.
    public func cancel() { self.call.cancel() }
}

/// A call in which both sides send at their own pace.  Dropping it cancels the call.
public struct ConversationCall<Input: Codable & Sendable, Element: Codable & Sendable>: Sendable {
    private let call: RawCall
    /// What the server sends.
    public let elements: ReplyStream<Element>

    init(_ call: RawCall) {
        self.call = call
        self.elements = ReplyStream(call)
    }

    /// Sends one input; suspends while the server has granted no credit.
    ///
    /// - Throws: ``RPCError`` when the call has ended.
    public func send(_ input: Input) async throws {
        try await self.call.send(try RPCClient.encode(input))
    }

    /// Says that no more inputs follow.
    public func finishSending() { self.call.finishSending() }

    /// Gives the call up.
    public func cancel() { self.call.cancel() }
}
