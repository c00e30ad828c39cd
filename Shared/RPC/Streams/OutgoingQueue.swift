import DequeModule
import NIOCore
import Wire

/// A message on its way out, whole or what is left of it.
struct OutgoingMessage {
    /// OPEN for a request's first frame, else MESSAGE, or STATUS for an end without message.
    var type: FrameType
    /// Sent with the first fragment only.
    var metadata: ByteBuffer?
    var body: ByteBuffer
    /// Whether the sender ends its direction with this message.
    var endsStream: Bool
    /// Called once: with `nil` when the last byte was handed to the socket, else with the reason
    /// why it will never be.
    var completion: ((RPCError?) -> Void)?
}

/// What one stream still has to send, in order.
struct OutgoingQueue {
    private var messages = Deque<OutgoingMessage>()
    /// Whether the connection's round-robin already knows of this stream.
    var isScheduled = false
    /// Bytes counted for the messages that wait.
    var heldByteCount = 0

    var isEmpty: Bool { self.messages.isEmpty }

    mutating func append(_ message: OutgoingMessage) { self.messages.append(message) }

    /// Bytes of the first message that are left, 0 also for an empty one; `nil` if none waits.
    var nextByteCount: Int? { self.messages.first?.body.readableBytes }

    /// The metadata that goes with the next fragment.
    var nextMetadata: ByteBuffer? { self.messages.first?.metadata }

    /// Takes out the next fragment of at most `byteCount` body bytes.
    mutating func nextFragment(upTo byteCount: Int) -> OutgoingFragment? {
        guard var message = self.messages.popFirst() else { return nil }
        let slice = message.body.readSlice(length: min(byteCount, message.body.readableBytes))
        let isLast = message.body.readableBytes == 0
        var flags: FrameFlags = []
        if !isLast { flags.insert(.more) }
        if isLast, message.endsStream { flags.insert(.end) }
        let fragment = OutgoingFragment(
            type: message.type, flags: flags, metadata: message.metadata,
            body: slice ?? ByteBuffer(), completion: isLast ? message.completion : nil)
        if !isLast {
            message.type = .message
            message.metadata = nil
            self.messages.prepend(message)
        }
        return fragment
    }

    /// Gives up everything that waits.
    ///
    /// - Returns: the completions to call, with the reason, once the state is consistent again.
    mutating func abandon() -> [(RPCError?) -> Void] {
        let completions = self.messages.compactMap(\.completion)
        self.messages.removeAll()
        return completions
    }
}

/// One frame to write.
struct OutgoingFragment {
    var type: FrameType
    var flags: FrameFlags
    var metadata: ByteBuffer?
    var body: ByteBuffer
    var completion: ((RPCError?) -> Void)?
}
