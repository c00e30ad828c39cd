import NIOCore
import Wire

/// What lies behind one stream: a handler on the server, a waiting caller on the client.
///
/// All calls come on the connection's event loop.
protocol StreamOwner: AnyObject {
    /// A message arrived whole.  Its bytes stay charged to the sender's window until
    /// `connection.consumed(_:on:)` is called with `byteCount`.
    func receivedMessage(_ message: ByteBuffer, credit byteCount: Int)
    /// The peer will send nothing more; a status with an error on the client ends the call.
    func receivedEnd(_ status: StatusMetadata)
    /// The call is over without a regular end: reset, deadline, lost connection.
    func failed(_ error: RPCError)
    /// Nothing of what was to be sent waits any more.
    func sentEverything()
    /// Whether the stream has no end of its own.
    var isEndless: Bool { get }
}

extension StreamOwner {
    var isEndless: Bool { false }
    func sentEverything() {}
}

/// The transport's state of one stream.  Lives on the connection's event loop.
final class ConnectionStream {
    let id: UInt64
    var owner: (any StreamOwner)?
    var sendWindow: FlowWindow
    var receiveWindow: ReceiveWindow
    var outgoing = OutgoingQueue()
    /// The fragments of the message that is arriving.
    var assembly: ByteBuffer?
    /// Bytes of the assembly that were not given back to the sender yet.
    var assemblyDebt = 0
    /// Whole messages that the application has not taken yet.
    var unreadMessageCount = 0
    /// Bytes counted for what has arrived and was not read yet, or for an answer on its way.
    var heldByteCount = 0
    /// Bytes counted for the request, as long as the call lasts.
    var heldRequestByteCount = 0
    /// Whether this side sent its last frame.
    var hasEndedLocally = false
    /// Whether the peer sent its last frame.
    var hasEndedRemotely = false
    var deadline: NIODeadline?
    /// For OPEN in fragments: the metadata until the request is whole.
    var pendingOpen: OpenMetadata?

    init(id: UInt64, sendWindow: Int, receiveWindow: Int) {
        self.id = id
        self.sendWindow = FlowWindow(sendWindow)
        self.receiveWindow = ReceiveWindow(receiveWindow)
    }
}
