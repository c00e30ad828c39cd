/// The bounds one side keeps a connection to; each side obeys the smaller of its own and its
/// peer's.  Defaults and reasons: `PROTOCOL.md`, "Limits".
package struct ProtocolLimits: Sendable, Hashable {
    /// Time for preface and handshake.  Protects accept slots from silent peers.
    package var handshakeTimeout: Duration = .seconds(5)
    /// Time from a frame's first byte to its last.  Protects buffers from dripping writers.
    package var frameTimeout: Duration = .seconds(10)
    /// Bytes of metadata and body in one frame.
    package var frameByteCount = 65_536
    /// Bytes of one message, over all of its fragments.
    package var messageByteCount = 4 * 1_024 * 1_024
    /// Bytes of metadata in one frame.
    package var metadataByteCount = 8_192
    /// Streams open at once, counting cancelled handlers that still run.
    package var streamCount = 128
    /// Body bytes a peer may send on one stream ahead of their consumption.
    package var streamWindow = 256 * 1_024
    /// Body bytes a peer may send on all streams together ahead of their consumption.
    package var connectionWindow = 1_024 * 1_024
    /// Bytes of half-received messages on one connection.
    package var reassemblyByteCount = 16 * 1_024 * 1_024
    /// Bytes that a peer may make this side keep: large messages that arrive or are worked on,
    /// unread ones, and answers that it does not take.
    package var heldByteCount = 64 * 1_024 * 1_024
    /// Bytes of control frames for a peer that has stopped reading.
    package var controlBacklogByteCount = 1_024 * 1_024
    /// Resets within ``resetInterval`` that are still taken for normal work.
    package var resetCount = 200
    /// The interval that ``resetCount`` counts over.
    package var resetInterval: Duration = .seconds(30)
    /// Frames that bring nothing forward, such as pings and tiny credits, within
    /// ``nuisanceInterval``.
    package var nuisanceCount = 1_000
    /// The interval that ``nuisanceCount`` counts over.
    package var nuisanceInterval: Duration = .seconds(10)
    /// Silence after which a peer is asked whether it is there.
    package var keepaliveInterval: Duration = .seconds(15)
    /// Silence after that question that ends the connection.
    package var keepaliveTimeout: Duration = .seconds(10)
    /// Time for a unary call whose caller names none.
    package var unaryTimeout: Duration = .seconds(30)
    /// The longest time a call may ask for.
    package var longestTimeout: Duration = .seconds(3_600)
    /// Calls that wait in a client for a free stream; more are refused at once.
    package var queuedCallCount = 1_024

    /// The defaults.
    package init() {}
}
