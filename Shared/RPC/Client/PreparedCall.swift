package import NIOCore

/// A unary call that is encoded once and made any number of times: for measurements.
package struct PreparedCall: Sendable {
    fileprivate let metadata: ByteBuffer
    fileprivate let request: ByteBuffer
    fileprivate let timeout: TimeAmount
}

extension RPCClient {
    /// Encodes a call of a unary method, its request encoded by the caller.
    ///
    /// - Parameter options: without a timeout each call gets 30 seconds.
    /// - Throws: ``RPCError`` if the options cannot be encoded.
    package func prepare(
        method: String, options: CallOptions, request: ByteBuffer
    ) throws -> PreparedCall {
        let timeout = options.timeout ?? self.connector.limits.unaryTimeout
        let open = OpenMetadata(
            method: method, timeout: UInt64(clamping: max(0, timeout.microseconds)),
            token: options.token, idempotencyKey: options.idempotencyKey, attempt: nil,
            trace: options.trace?.traceparent,
            values: options.metadata.isEmpty ? nil : options.metadata)
        return PreparedCall(
            metadata: try open.encodedQuickly() ?? Self.encode(open), request: request,
            timeout: timeout.timeAmount)
    }

    /// Makes a call once, without sending it again if it fails.
    ///
    /// - Returns: the reply, still encoded.
    /// - Throws: ``RPCError``.
    package func send(_ call: PreparedCall) async throws -> ByteBuffer {
        let connection = try await self.connector.connection(until: nil)
        return try await ClientCall(
            connection: connection, metadata: call.metadata, request: call.request,
            endsSending: true, takesMessages: false, deadline: .now() + call.timeout
        ).unary()
    }

    /// The event loop of the connection, and what runs tasks there: a task that calls from there
    /// changes no threads.  Connects if need be.
    ///
    /// - Throws: ``RPCError``.
    package func home() async throws -> (eventLoop: any EventLoop, executor: any TaskExecutor) {
        (try await self.connector.connection(until: nil).eventLoop, self.taskExecutor)
    }
}
