package import NIOCore

/// A call whose messages the caller encodes and decodes itself.  Dropping it cancels the call.
package final class RawCall: Sendable {
    private let call: ClientCall
    /// Keeps the connection while the call is open, also when its client is dropped.
    private let connector: Connector

    init(_ call: ClientCall, connector: Connector) {
        self.call = call
        self.connector = connector
    }

    deinit { self.call.cancel() }

    /// Sends one message; suspends while the server has granted no credit.
    ///
    /// - Throws: ``RPCError`` when the call has ended.
    package func send(_ message: ByteBuffer) async throws { try await self.call.send(message) }

    /// Says that no more messages follow.
    package func finishSending() { self.call.finishSending() }

    /// The next message of the server; `nil` when it has ended the call regularly.
    ///
    /// - Throws: the ``RPCError`` that ended the call, or `CancellationError`.
    package func next() async throws -> ByteBuffer? { try await self.call.next() }

    /// Gives the call up.
    package func cancel() { self.call.cancel() }
}
