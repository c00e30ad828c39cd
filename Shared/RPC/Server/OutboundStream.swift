internal import NIOCore
internal import Wire

/// What sends encoded messages on a stream.
protocol MessageSender: AnyObject, Sendable {
    /// Sends one message; returns when flow control let the last byte of it go.
    func send(_ message: ByteBuffer) async throws
}

/// The stream of elements that a handler sends, or of inputs that a caller sends.
package struct OutboundStream<Element: Codable & Sendable>: Sendable {
    private let sender: any MessageSender

    init(sender: any MessageSender) { self.sender = sender }

    /// Sends one element.
    ///
    /// Suspends while the reader has granted no credit, so that a slow reader slows its sender and
    /// nothing else.
    ///
    /// - Throws: an ``RPCError`` when the call has ended in the meantime.
    package func send(_ element: Element) async throws {
        try await self.sender.send(try CBOREncoder().encode(element))
    }
}
