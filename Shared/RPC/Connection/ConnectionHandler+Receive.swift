import NIOCore
import Wire

/// What arrives.
extension ConnectionHandler {
    func receive(_ frame: Frame) throws {
        self.traffic.framesIn += 1
        switch self.phase {
        case .closed: return
        case .awaitingPreface: throw ProtocolViolation.unexpectedFrame("A frame came first.")
        case .awaitingHello: return try self.receiveHandshake(frame)
        case .open: break
        }
        switch frame.type {
        case .open: try self.receiveOpen(frame)
        case .message: try self.receiveMessage(frame)
        case .status: try self.receiveStatus(frame)
        case .reset: try self.receiveReset(frame)
        case .credit: try self.receiveCredit(frame)
        case .ping: try self.receivePing(frame)
        case .pong: try self.receivedPong()
        case .goAway:
            if !self.role.isClient { try self.countNuisance("Too many GOAWAYs.") }
            self.role.receivedGoAway(try self.metadata(of: frame))
        case .hello, .helloOK:
            throw ProtocolViolation.unexpectedFrame("The handshake was done before.")
        default:
            // The decoder lets an unknown type through only if it is marked as ignorable.
            try self.countNuisance("Too many unknown frames.")
        }
    }

    func metadata<T: Decodable>(of frame: Frame) throws -> T {
        try CBORDecoder().decode(T.self, from: frame.metadata)
    }

    private func receiveHandshake(_ frame: Frame) throws {
        let expected: FrameType = self.role.isClient ? .helloOK : .hello
        if frame.type == .goAway {
            let goAway: GoAwayMetadata = try self.metadata(of: frame)
            throw ProtocolViolation(
                reason: goAway.reason, message: goAway.message ?? "The peer refused.")
        }
        guard frame.type == expected, frame.stream == 0 else {
            throw ProtocolViolation.unexpectedFrame("The handshake has to come first.")
        }
        let peer: HandshakeSettings = try self.metadata(of: frame)
        let version = HandshakeSettings.currentVersion
        guard peer.isUsable, (peer.minimumVersion...peer.maximumVersion).contains(version),
            !self.role.isClient || peer.version == version
        else {
            throw ProtocolViolation(
                reason: "version",
                message: "This side speaks version \(version) of the protocol only.")
        }
        if !self.role.isClient { self.sendSettings(.helloOK, version: version) }
        self.peerLimits = peer
        self.sendWindow = FlowWindow(Int(peer.connectionWindow))
        self.phase = .open
        self.handshakeIsDone()
        self.role.opened(self, peer: peer)
    }

    // MARK: Streams

    private func receiveOpen(_ frame: Frame) throws {
        guard !self.role.isClient else {
            throw ProtocolViolation.unexpectedFrame("Only clients open streams.")
        }
        guard frame.stream % 2 == 1, frame.stream > self.lastStreamID else {
            throw ProtocolViolation.streamID("Stream \(frame.stream) is not the next odd number.")
        }
        self.lastStreamID = frame.stream
        let stream = ConnectionStream(
            id: frame.stream, sendWindow: Int(self.peerLimits?.streamWindow ?? 0),
            receiveWindow: self.limits.streamWindow)
        try self.charge(frame.body.readableBytes, to: stream)
        let open = try OpenMetadata(quickly: frame.metadata) ?? self.metadata(of: frame)

        if let lastServed = self.lastServedStreamID, frame.stream > lastServed {
            return self.refuseCall(
                stream, frame,
                RPCError(
                    .unavailable, reason: "rpc.draining",
                    message: "The server is shutting down.", retry: .notProcessed))
        }
        guard self.streams.count < self.limits.streamCount else {
            try self.countNuisance("Too many calls beyond the limit.")
            return self.refuseCall(
                stream, frame,
                RPCError(
                    .resourceExhausted, reason: "rpc.too_many_streams",
                    message: "The connection has \(self.limits.streamCount) calls open.",
                    retry: .after(.milliseconds(50))))
        }
        self.streams[stream.id] = stream
        self.counters.addStreams(1)
        let timeout = min(
            open.timeout.map { Duration.microseconds(Int64(clamping: $0)) }
                ?? self.limits.longestTimeout,
            self.limits.longestTimeout)
        if open.timeout != nil {
            self.setDeadline(self.lastReadAt + timeout.timeAmount, on: stream)
        }
        stream.pendingOpen = open
        try self.assemble(frame, on: stream)
    }

    private func receiveMessage(_ frame: Frame) throws {
        guard let stream = try self.liveStream(frame) else { return }
        guard !stream.hasEndedRemotely else {
            throw ProtocolViolation.unexpectedFrame("A message came after the end.")
        }
        // No message is empty, so this is an end at most; it costs no credit, hence the count.
        if frame.body.readableBytes == 0 { try self.countNuisance("Too many empty messages.") }
        try self.charge(frame.body.readableBytes, to: stream)
        try self.assemble(frame, on: stream)
    }

    private func receiveStatus(_ frame: Frame) throws {
        guard let stream = try self.liveStream(frame) else { return }
        let status: StatusMetadata = try self.metadata(of: frame)
        // An error may cut a message short; success may not.
        guard frame.flags.contains(.end), !stream.hasEndedRemotely,
            stream.assembly == nil || status.code != 0
        else {
            throw ProtocolViolation.unexpectedFrame("A status has to end its stream once.")
        }
        self.releaseAssembly(of: stream)
        stream.hasEndedRemotely = true
        stream.owner?.receivedEnd(status)
        // A request that was cut short has no handler that would end its stream.
        if self.role.isClient || stream.owner == nil { self.close(stream) }
    }

    private func receiveReset(_ frame: Frame) throws {
        guard self.resetGate.admit(now: self.lastReadAt) else {
            throw ProtocolViolation.nuisance("Too many resets.")
        }
        // Also a stream whose answer is queued and waits for credit: nobody wants it any more.
        guard let stream = try self.streams[frame.stream] ?? self.liveStream(frame) else { return }
        let status: StatusMetadata = try self.metadata(of: frame)
        stream.hasEndedRemotely = true
        stream.hasEndedLocally = true
        self.releaseAssembly(of: stream)
        let error =
            status.error
            ?? RPCError(.cancelled, reason: "rpc.reset", message: "The peer gave the call up.")
        self.abandon(stream, error)
        // A server's stream counts until its handler is through; see `finished(_:)`.  Without a
        // whole request there is none.
        if self.role.isClient || stream.owner == nil { self.close(stream) }
    }

    /// The stream of a frame; `nil`, with its bytes accounted for, if it has ended before.
    private func liveStream(_ frame: Frame) throws -> ConnectionStream? {
        if let stream = self.streams[frame.stream], !stream.hasEndedLocally || self.role.isClient {
            return stream
        }
        guard frame.stream > 0, frame.stream % 2 == 1, frame.stream <= self.lastStreamID else {
            throw ProtocolViolation.streamID("Stream \(frame.stream) was never opened.")
        }
        // Frames cross on the way: the peer may not know yet that the stream is over.
        let byteCount = frame.body.readableBytes
        guard self.receiveWindow.receive(byteCount) else {
            throw ProtocolViolation.flowControl("More than the connection's window was sent.")
        }
        self.returnConnectionCredit(byteCount)
        if frame.type != .message || byteCount == 0 {
            try self.countNuisance("Too many frames on ended streams.")
        }
        return nil
    }

    /// Collects fragments, and delivers the message when it is whole.
    private func assemble(_ frame: Frame, on stream: ConnectionStream) throws {
        let byteCount = frame.body.readableBytes
        if frame.flags.contains(.more) {
            guard !frame.flags.contains(.end), byteCount > 0 else {
                throw ProtocolViolation.unexpectedFrame("An empty or final fragment has MORE set.")
            }
        } else if stream.assembly == nil {
            self.deliver(
                frame.body, credit: byteCount, ends: frame.flags.contains(.end), on: stream)
            return
        }
        var assembly = stream.assembly ?? ByteBuffer()
        // Or what has arrived would be copied with every fragment.
        stream.assembly = nil
        var body = frame.body
        assembly.writeBuffer(&body)
        self.reassemblyByteCount += byteCount
        stream.assembly = assembly
        stream.assemblyDebt += byteCount
        let isAffordable = self.hold(byteCount, for: stream)
        guard assembly.readableBytes <= self.limits.messageByteCount else {
            self.counters.refused("message_too_large")
            return self.fail(
                stream,
                RPCError(
                    .resourceExhausted, reason: "rpc.message_too_large",
                    message: "A message may have \(self.limits.messageByteCount) bytes."))
        }
        guard isAffordable else { return self.failForMemory(stream) }
        guard self.reassemblyByteCount <= self.limits.reassemblyByteCount else {
            self.counters.refused("reassembly_budget")
            return self.fail(
                stream,
                RPCError(
                    .resourceExhausted, reason: "rpc.reassembly_budget",
                    message: "Too many large messages arrive on this connection at once.",
                    retry: .after(.milliseconds(100))))
        }
        if frame.flags.contains(.more) {
            // Credited on receipt, so that a message larger than the window cannot lock itself
            // out; but never while earlier messages wait, so that what waits stays bounded.
            if stream.unreadMessageCount == 0 { self.settleAssembly(of: stream) }
        } else {
            stream.assembly = nil
            self.reassemblyByteCount -= assembly.readableBytes
            let debt = stream.assemblyDebt
            stream.assemblyDebt = 0
            self.deliver(assembly, credit: debt, ends: frame.flags.contains(.end), on: stream)
        }
    }

    private func deliver(
        _ message: ByteBuffer, credit: Int, ends: Bool, on stream: ConnectionStream
    ) {
        if ends { stream.hasEndedRemotely = true }
        stream.unreadMessageCount += 1
        if let open = stream.pendingOpen {
            stream.pendingOpen = nil
            // Counted until the call is over, since its handler keeps it.
            let isAffordable = self.holdRequest(of: message.readableBytes, for: stream)
            self.consumed(.init(messageCount: 1, credit: credit), on: stream)
            guard isAffordable else { return self.failForMemory(stream) }
            self.role.receivedCall(open, request: message, on: stream)
        } else {
            guard self.hold(HeldMemory.messageOverhead, for: stream) else {
                self.consumed(.init(messageCount: 1, credit: credit), on: stream)
                return self.failForMemory(stream)
            }
            stream.owner?.receivedMessage(message, credit: credit)
        }
        if ends {
            stream.owner?.receivedEnd(.success)
            if self.role.isClient { self.close(stream) }
        }
    }

    private func refuseCall(_ stream: ConnectionStream, _ frame: Frame, _ error: RPCError) {
        self.counters.refused(error.reason)
        self.returnConnectionCredit(frame.body.readableBytes)
        self.writeControl(.status, flags: .end, stream: stream.id, metadata: StatusMetadata(error))
    }

    // MARK: Control

    private func receiveCredit(_ frame: Frame) throws {
        var body = frame.body
        guard body.readableBytes == 4, let granted: UInt32 = body.readInteger(), granted > 0 else {
            throw ProtocolViolation.flowControl("A credit has to grant at least one byte.")
        }
        if granted < 1_024 { try self.countNuisance("Too many tiny credits.") }
        if frame.stream == 0 {
            guard self.sendWindow.grant(Int(granted)) else {
                throw ProtocolViolation.flowControl("The connection's window overflowed.")
            }
        } else if let stream = self.streams[frame.stream] {
            guard stream.sendWindow.grant(Int(granted)) else {
                throw ProtocolViolation.flowControl("A stream's window overflowed.")
            }
            self.schedule(stream)
        } else {
            guard frame.stream <= self.lastStreamID else {
                throw ProtocolViolation.streamID("Stream \(frame.stream) was never opened.")
            }
            // Frames cross on the way: the peer may not know yet that the stream is over.
            if Int(granted) <= self.creditDue {
                self.creditDue -= Int(granted)
            } else {
                try self.countNuisance("Too many credits on ended streams.")
            }
        }
        self.pump()
    }

    private func receivePing(_ frame: Frame) throws {
        guard frame.body.readableBytes == 8 else {
            throw ProtocolViolation.unexpectedFrame("A ping carries eight bytes.")
        }
        try self.countNuisance("Too many pings.")
        self.write(.pong, flags: [], stream: 0, metadata: nil, body: frame.body)
        self.scheduleFlush()
    }

    private func receivedPong() throws {
        try self.countNuisance("Too many pongs.")
        guard self.drainPingIsOut else { return }
        self.drainPingIsOut = false
        self.announceLastStream(self.lastStreamID)
        self.closeIfDrained()
    }

    func countNuisance(_ message: String) throws {
        guard self.nuisanceGate.admit(now: self.lastReadAt) else {
            throw ProtocolViolation.nuisance(message)
        }
    }
}
