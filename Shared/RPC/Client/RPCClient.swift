internal import Locks
package import NIOCore
internal import Wire

internal import struct FoundationEssentials.UUID

/// Calls the methods of one service, wherever it listens.
///
/// Connects when first needed, shares one connection among all calls, and connects anew when it is
/// lost: calls that the server did not begin to process are sent again by themselves, others only
/// where their method's contract allows it.  All of that within the call's timeout.
public final class RPCClient: Sendable {
    let connector: Connector
    private let budget = RetryBudget()

    /// Makes a client; nothing is connected yet.
    ///
    /// - Parameters:
    ///   - addresses: where the service listens; tried in turn from a random one on.
    ///   - name: the program's name, for the server's logs.
    public convenience init(_ addresses: [RPCAddress], name: String = "client") {
        self.init(addresses, name: name, limits: ProtocolLimits())
    }

    package init(_ addresses: [RPCAddress], name: String, limits: ProtocolLimits) {
        self.connector = Connector(addresses: addresses, software: name, limits: limits)
    }

    /// Calls a method with one reply.
    ///
    /// - Throws: ``RPCError``.
    public func call<M: UnaryMethod>(
        _ request: M, options: CallOptions = .init()
    ) async throws -> M.Reply {
        let body = try Self.encode(request)
        let reply = try await self.unary(
            M.contract, body: body, options: options, hasKey: Self.hasKey(request, options))
        return try Self.decode(M.Reply.self, from: reply)
    }

    /// Calls a method that answers with a stream.
    ///
    /// - Throws: ``RPCError``.
    public func stream<M: ServerStreamMethod>(
        _ request: M, options: CallOptions = .init()
    ) async throws -> ReplyStream<M.Element> {
        let call = try await self.open(
            method: M.contract.name, options: options, request: try Self.encode(request),
            endsSending: true)
        return ReplyStream(call)
    }

    /// Calls a method that takes a stream.
    ///
    /// - Throws: ``RPCError``.
    public func upload<M: ClientStreamMethod>(
        _ request: M, options: CallOptions = .init()
    ) async throws -> UploadCall<M.Input, M.Reply> {
        let call = try await self.open(
            method: M.contract.name, options: options, request: try Self.encode(request),
            endsSending: false)
        return UploadCall(call)
    }

    /// Calls a method in which both sides send streams.
    ///
    /// - Throws: ``RPCError``.
    public func converse<M: BidirectionalStreamMethod>(
        _ request: M, options: CallOptions = .init()
    ) async throws -> ConversationCall<M.Input, M.Element> {
        let call = try await self.open(
            method: M.contract.name, options: options, request: try Self.encode(request),
            endsSending: false)
        return ConversationCall(call)
    }

    /// Runs tasks on the thread that the connection lives on.
    ///
    /// A task that prefers it makes its calls without a change of threads, which matters to whoever
    /// makes many small ones.
    public var taskExecutor: any TaskExecutor {
        EventLoopTaskExecutor.shared(for: self.connector.eventLoop)
    }

    /// Closes the connection; calls in flight fail, and so do later ones.
    public func close() async { await self.connector.close() }

    // MARK: By name

    /// Opens a call by name, its messages encoded by the caller: for tools that work by reflection.
    ///
    /// - Throws: ``RPCError``.
    package func open(
        method: String, options: CallOptions, request: ByteBuffer, endsSending: Bool
    ) async throws -> RawCall {
        let deadline = options.timeout.map { ContinuousClock.now + $0 }
        let connection = try await self.connector.connection(until: deadline)
        let remaining = deadline.map { ContinuousClock.now.duration(to: $0) }
        let call = ClientCall(
            connection: connection,
            metadata: try Self.metadata(method, options, attempt: 0, remaining: remaining),
            request: request, endsSending: endsSending, takesMessages: true,
            deadline: remaining.map { .now() + $0.timeAmount })
        call.open()
        return RawCall(call, connector: self.connector)
    }

    /// Whether a key goes with the call, or in a request that may be repeated with one only.
    private static func hasKey<M: Method>(_ request: M, _ options: CallOptions) -> Bool {
        if options.idempotencyKey != nil { return true }
        guard M.contract.repeatability == .withKey else { return false }
        return (request as? any KeyedRequest)?.idempotencyKey != nil
    }

    /// Calls a unary method and sends it again where that is safe.
    private func unary(
        _ contract: MethodContract, body: ByteBuffer, options: CallOptions, hasKey: Bool
    ) async throws -> ByteBuffer {
        let timeout =
            options.timeout ?? contract.defaultTimeout ?? self.connector.limits.unaryTimeout
        let deadline = ContinuousClock.now + timeout
        var retries = RetryPolicy(contract, hasIdempotencyKey: hasKey)
        var lastFailure: RPCError?
        while true {
            do {
                let connection = try await self.connector.connection(until: deadline)
                let remaining = ContinuousClock.now.duration(to: deadline)
                let reply = try await ClientCall(
                    connection: connection,
                    metadata: try Self.metadata(
                        contract.name, options, attempt: retries.attempt, remaining: remaining),
                    request: body, endsSending: true, takesMessages: false,
                    deadline: .now() + remaining.timeAmount
                ).unary()
                self.budget.succeeded()
                return reply
            } catch let error as RPCError {
                guard
                    let delay = retries.delay(
                        after: error, mayComeBack: self.connector.wasConnected),
                    ContinuousClock.now + delay < deadline,
                    // What was not processed costs a service in trouble nothing.
                    error.retry == .notProcessed || self.budget.take()
                else {
                    // What kept it from being done says more than that the time ran out.
                    throw error == .tooLate ? lastFailure ?? error : error
                }
                lastFailure = error
                try await Self.pause(delay)
            }
        }
    }

    private static func pause(_ delay: Duration) async throws {
        do {
            try await Task.sleep(for: delay)
        } catch {
            throw RPCError.cancelledByCaller
        }
    }

    private static func metadata(
        _ method: String, _ options: CallOptions, attempt: Int, remaining: Duration?
    ) throws -> ByteBuffer {
        let open = OpenMetadata(
            method: method,
            timeout: remaining.map { UInt64(clamping: max(0, $0.microseconds)) },
            token: options.token,
            idempotencyKey: options.idempotencyKey,
            attempt: attempt == 0 ? nil : UInt32(clamping: attempt),
            trace: options.trace?.traceparent,
            values: options.metadata.isEmpty ? nil : options.metadata)
        return try open.encodedQuickly() ?? Self.encode(open)
    }

    static func encode(_ value: some Encodable) throws -> ByteBuffer {
        do {
            return try CBOREncoder().encode(value)
        } catch {
            throw RPCError(
                .invalidArgument, reason: "rpc.message_invalid",
                message: "The request cannot be encoded: \(error)")
        }
    }

    static func decode<T: Decodable>(_ type: T.Type, from message: ByteBuffer) throws -> T {
        do {
            return try CBORDecoder().decode(type, from: message)
        } catch {
            throw RPCError(
                .internal, reason: "rpc.reply_invalid",
                message: "The answer does not fit the contract: \(error)")
        }
    }
}
