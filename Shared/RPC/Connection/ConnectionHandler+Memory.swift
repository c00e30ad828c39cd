import NIOCore

/// What a peer makes this side keep, counted so that it stays bounded; see ``HeldMemory``.
extension ConnectionHandler {
    /// Requests below this size are bounded well enough by the number of streams.
    private static let smallRequestByteCount = 4 * 1_024

    /// Counts bytes of a message that arrived on a stream; false if they are too many.
    func hold(_ byteCount: Int, for stream: ConnectionStream) -> Bool {
        stream.heldByteCount += byteCount
        return self.held.hold(byteCount)
    }

    /// Counts a request until its call is over; its fragments are counted no longer.
    func holdRequest(of byteCount: Int, for stream: ConnectionStream) -> Bool {
        self.releaseMessages(of: stream)
        guard byteCount >= Self.smallRequestByteCount else { return true }
        stream.heldRequestByteCount = byteCount
        return self.held.hold(byteCount)
    }

    /// Everything that had arrived was read: only what is still arriving counts.
    func releaseMessages(of stream: ConnectionStream) {
        let kept = stream.assembly?.readableBytes ?? 0
        let surplus = stream.heldByteCount - kept
        guard surplus > 0 else { return }
        stream.heldByteCount = kept
        self.held.release(surplus)
    }

    /// The stream is over, and everything that was kept for it is free.
    func releaseEverything(of stream: ConnectionStream) {
        let byteCount =
            stream.heldByteCount + stream.heldRequestByteCount + stream.outgoing.heldByteCount
        stream.heldByteCount = 0
        stream.heldRequestByteCount = 0
        stream.outgoing.heldByteCount = 0
        if byteCount > 0 { self.held.release(byteCount) }
    }

    /// Counts an answer that waits for credit; false if too much waits.
    func holdOutgoing(_ byteCount: Int, for stream: ConnectionStream) -> Bool {
        stream.outgoing.heldByteCount += byteCount
        return self.held.hold(byteCount)
    }

    /// What waited has left.
    func releaseOutgoing(of stream: ConnectionStream) {
        let byteCount = stream.outgoing.heldByteCount
        guard byteCount > 0, stream.outgoing.isEmpty else { return }
        stream.outgoing.heldByteCount = 0
        self.held.release(byteCount)
    }

    /// Ends a call for which there is no memory.
    func failForMemory(_ stream: ConnectionStream) {
        self.counters.refused("memory_budget")
        self.fail(
            stream,
            RPCError(
                .resourceExhausted, reason: "rpc.memory_budget",
                message: "Too many large or unread messages are kept at once.",
                retry: stream.owner == nil ? .after(.milliseconds(100)) : .never))
    }
}

extension ByteBuffer {
    /// The same bytes without the rest of what was read together with them, which a message that
    /// waits for its reader would keep in memory.
    var detached: ByteBuffer {
        self.readableBytes * 2 >= self.storageCapacity
            ? self : ByteBuffer(bytes: self.readableBytesView)
    }
}
