import NIOCore

/// What makes a connection a server's or a client's.  All calls come on the event loop.
protocol ConnectionRole: AnyObject {
    /// Whether this side opens streams.
    var isClient: Bool { get }
    /// What this side says of itself in the handshake.
    func settings(limits: ProtocolLimits) -> HandshakeSettings
    /// The handshake is done; streams may be opened.
    func opened(_ connection: ConnectionHandler, peer: HandshakeSettings)
    /// A peer opened a stream and its request is whole (servers only).
    func receivedCall(_ open: OpenMetadata, request: ByteBuffer, on stream: ConnectionStream)
    /// The peer takes no streams above this one.
    func receivedGoAway(_ goAway: GoAwayMetadata)
    /// A stream ended and was forgotten: there is room for another.
    func streamClosed()
    /// The connection is gone.
    func closed(_ error: RPCError)
}
