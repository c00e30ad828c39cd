import DequeModule
import Logging
import NIOCore
import Wire

/// What leaves: frames gathered and flushed once per turn of the loop, or sooner when there are
/// many; messages interleaved.
extension ConnectionHandler {
    /// The most body bytes in one fragment, so that a small call never waits long behind a large
    /// message of another stream.
    private static let fragmentByteCount = 32 * 1_024
    /// Bodies from this size on are handed to the socket as they are instead of being copied.
    private static let copyByteCount = 4 * 1_024
    /// So many gathered bytes leave before the turn ends: the peer begins with them while this side
    /// makes more, where otherwise each would wait for the other's turn.
    private static let gatheredByteCount = 4 * 1_024

    /// Sends a message, or queues it until windows and socket allow.
    func send(_ message: OutgoingMessage, on stream: ConnectionStream) {
        guard self.phase == .open, !stream.hasEndedLocally else {
            message.completion?(
                RPCError(.cancelled, reason: "rpc.call_ended", message: "The call has ended."))
            return
        }
        if message.endsStream { stream.hasEndedLocally = true }
        let byteCount = message.body.readableBytes
        if stream.outgoing.isEmpty,
            byteCount <= min(Self.fragmentByteCount, self.largestBody(with: message.metadata)),
            byteCount <= stream.sendWindow.available, byteCount <= self.sendWindow.available,
            self.context?.channel.isWritable == true
        {
            _ = stream.sendWindow.take(byteCount)
            _ = self.sendWindow.take(byteCount)
            self.write(
                message.type, flags: message.endsStream ? .end : [], stream: stream.id,
                metadata: message.metadata, body: message.body)
            self.scheduleFlush()
            message.completion?(nil)
        } else {
            let isAffordable = self.holdOutgoing(byteCount, for: stream)
            stream.outgoing.append(message)
            guard isAffordable else { return self.failForMemory(stream) }
            self.schedule(stream)
            self.pump()
        }
    }

    /// Puts a stream into the round-robin if it has something to send.
    func schedule(_ stream: ConnectionStream) {
        guard !stream.outgoing.isScheduled, !stream.outgoing.isEmpty else { return }
        stream.outgoing.isScheduled = true
        self.sendOrder.append(stream)
    }

    /// Writes fragments in turn until windows, socket or work run out.
    func pump() {
        guard self.phase == .open, let context else { return }
        while context.channel.isWritable, let stream = self.sendOrder.popFirst() {
            stream.outgoing.isScheduled = false
            guard let waiting = stream.outgoing.nextByteCount else { continue }
            let byteCount = min(
                waiting, Self.fragmentByteCount,
                self.largestBody(with: stream.outgoing.nextMetadata),
                stream.sendWindow.available, self.sendWindow.available)
            if byteCount == 0, waiting > 0 {
                // Without stream credit it comes back with the next CREDIT for it; without
                // connection credit it keeps its turn.
                guard stream.sendWindow.available > 0 else { continue }
                stream.outgoing.isScheduled = true
                self.sendOrder.prepend(stream)
                break
            }
            guard let fragment = stream.outgoing.nextFragment(upTo: byteCount) else { continue }
            _ = stream.sendWindow.take(byteCount)
            _ = self.sendWindow.take(byteCount)
            self.write(
                fragment.type, flags: fragment.flags, stream: stream.id,
                metadata: fragment.metadata, body: fragment.body)
            self.schedule(stream)
            self.releaseOutgoing(of: stream)
            fragment.completion?(nil)
            if stream.outgoing.isEmpty { stream.owner?.sentEverything() }
        }
        self.scheduleFlush()
    }

    /// The bytes that the peer's limit of a frame leaves beside the metadata.
    private func largestBody(with metadata: ByteBuffer?) -> Int {
        max(1, Int(self.peerLimits?.frameBytes ?? 1_024) - (metadata?.readableBytes ?? 0))
    }

    /// Writes a frame that carries metadata only; such frames are exempt from flow control.
    func writeControl(
        _ type: FrameType, flags: FrameFlags = [], stream: UInt64 = 0, metadata: some Encodable
    ) {
        do {
            let encoded = try CBOREncoder().encode(metadata)
            self.write(type, flags: flags, stream: stream, metadata: encoded, body: ByteBuffer())
            self.scheduleFlush()
        } catch {
            // Our own metadata types always encode.
            self.logger.error("metadata did not encode", metadata: ["error": "\(error)"])
        }
    }

    func write(
        _ type: FrameType, flags: FrameFlags, stream: UInt64, metadata: ByteBuffer?,
        body: ByteBuffer
    ) {
        if self.context?.channel.isWritable == false {
            self.controlBacklog +=
                Frame.headerByteCount + (metadata?.readableBytes ?? 0) + body.readableBytes
        }
        self.traffic.framesOut += 1
        if body.readableBytes < Self.copyByteCount {
            self.outgoingBytes.writeFrame(
                type: type, flags: flags, stream: stream, metadata: metadata ?? ByteBuffer(),
                body: body)
        } else {
            self.outgoingBytes.writeFrameHeader(
                type: type, flags: flags, stream: stream,
                metadataByteCount: metadata?.readableBytes ?? 0, bodyByteCount: body.readableBytes)
            if let metadata { self.outgoingBytes.writeImmutableBuffer(metadata) }
            self.writeGathered()
            self.traffic.bytesOut += body.readableBytes
            self.context?.write(self.wrapOutboundOut(body), promise: nil)
        }
    }

    private func writeGathered() {
        guard self.outgoingBytes.readableBytes > 0, let context else { return }
        let bytes = self.outgoingBytes
        self.traffic.bytesOut += bytes.readableBytes
        self.outgoingBytes = context.channel.allocator.buffer(capacity: 0)
        context.write(self.wrapOutboundOut(bytes), promise: nil)
    }

    /// Flushes at the end of this turn of the loop, or now if much has gathered.
    ///
    /// In the latter case the channel may become writable, read on, or be found closed before this
    /// returns: whoever calls it has to be done with what it changes.
    func scheduleFlush() {
        guard self.outgoingBytes.readableBytes < Self.gatheredByteCount else {
            return self.flushNow()
        }
        guard !self.isReading, !self.isFlushScheduled, let context else { return }
        self.isFlushScheduled = true
        context.eventLoop.execute {
            self.isFlushScheduled = false
            self.flushNow()
        }
    }

    func flushNow() {
        self.writeGathered()
        self.publishTraffic()
        self.context?.flush()
    }

    // MARK: Credit

    /// Gives the sender back what the application has taken.
    func consumed(_ taken: MessageInbox.Taken, on stream: ConnectionStream) {
        stream.unreadMessageCount -= taken.messageCount
        if stream.unreadMessageCount == 0 { self.releaseMessages(of: stream) }
        self.returnConnectionCredit(taken.credit)
        self.returnStreamCredit(taken.credit, on: stream)
        if stream.unreadMessageCount == 0, stream.assembly != nil {
            self.settleAssembly(of: stream)
        }
    }

    /// Charges received bytes to both windows.
    func charge(_ byteCount: Int, to stream: ConnectionStream) throws {
        guard self.receiveWindow.receive(byteCount), stream.receiveWindow.receive(byteCount) else {
            throw ProtocolViolation.flowControl("More was sent than the window allows.")
        }
    }

    /// Credits the fragments that have arrived of an unfinished message.
    func settleAssembly(of stream: ConnectionStream) {
        let debt = stream.assemblyDebt
        stream.assemblyDebt = 0
        self.returnConnectionCredit(debt)
        self.returnStreamCredit(debt, on: stream)
    }

    /// Forgets an unfinished message.
    func releaseAssembly(of stream: ConnectionStream) {
        guard let assembly = stream.assembly else { return }
        self.reassemblyByteCount -= assembly.readableBytes
        stream.assembly = nil
        if stream.unreadMessageCount == 0 { self.releaseMessages(of: stream) }
        self.returnConnectionCredit(stream.assemblyDebt)
        stream.assemblyDebt = 0
    }

    func returnConnectionCredit(_ byteCount: Int) {
        self.grant(self.receiveWindow.consume(byteCount), stream: 0)
    }

    private func returnStreamCredit(_ byteCount: Int, on stream: ConnectionStream) {
        guard !stream.hasEndedRemotely else { return }
        self.grant(stream.receiveWindow.consume(byteCount), stream: stream.id)
    }

    private func grant(_ byteCount: Int, stream: UInt64) {
        guard byteCount > 0, self.phase == .open else { return }
        let body = ByteBuffer(integer: UInt32(byteCount))
        self.write(.credit, flags: [], stream: stream, metadata: nil, body: body)
        self.scheduleFlush()
    }
}
