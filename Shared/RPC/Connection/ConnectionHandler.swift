import DequeModule
import Logging
import NIOCore
import Wire

/// One connection: turns bytes into streams and back.
///
/// Owns decoder, handshake, flow control, stream table and keepalive of either side; what a stream
/// means is its ``StreamOwner``'s business, what a connection means its ``ConnectionRole``'s.
///
/// All state belongs to the channel's event loop.
// Safe because every entry point is called on, or hops to, the channel's event loop.
final class ConnectionHandler: ChannelDuplexHandler, @unchecked Sendable {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    enum Phase {
        /// Nothing but the preface is accepted.  Can go to `awaitingHello` or `closed`.
        case awaitingPreface
        /// Nothing but HELLO (or HELLO_OK) is accepted.  Can go to `open` or `closed`.
        case awaitingHello
        /// Streams flow.  Can go to `closed`.
        case open
        /// Terminal.
        case closed
    }

    let limits: ProtocolLimits
    let role: any ConnectionRole
    let counters: ConnectionCounters
    let logger: Logger

    var phase = Phase.awaitingPreface
    /// What both sides accept, once the handshake is done.
    var peerLimits: HandshakeSettings?
    var streams: [UInt64: ConnectionStream] = [:]
    /// The highest stream that was opened, by either side.
    var lastStreamID: UInt64 = 0
    /// Set when this side has told its peer to go elsewhere: the last stream it serves.
    var lastServedStreamID: UInt64?
    var sendWindow = FlowWindow(0)
    var receiveWindow: ReceiveWindow
    var reassemblyByteCount = 0
    /// What was sent on streams that have ended since and may still be credited by the peer.
    var creditDue = 0
    /// What peers make this side keep: large messages, unread ones, answers that wait to leave.
    var held: HeldMemory
    /// Bytes of control frames written since the peer stopped reading.
    var controlBacklog = 0
    var traffic = TrafficTally()
    /// Streams with something to send that their windows allow, in turn.
    var sendOrder = Deque<ConnectionStream>()
    var outgoingBytes = ByteBuffer()
    var isReading = false
    var isFlushScheduled = false
    var lastReadAt = NIODeadline.now()
    var pingSentAt: NIODeadline?
    /// When the first byte of the frame that is still incomplete arrived.
    var partialFrameSince: NIODeadline?
    /// Since when the peer has not read what was written for it.
    var unwritableSince: NIODeadline?
    var drainPingIsOut = false
    var resetGate: RateGate
    var nuisanceGate: RateGate
    var sweep: Scheduled<Void>?
    var sweepAt = NIODeadline.distantFuture
    var tick: RepeatedTask?
    private var handshakeTimer: Scheduled<Void>?

    private(set) var context: ChannelHandlerContext?
    private let processor: NIOSingleStepByteToMessageProcessor<FrameDecoder>
    private var prefaceBytes = ByteBuffer()
    /// Whether the rest of what was read waits for the loop's next turn, and what came after it.
    private var isPostponed = false
    private var postponed = ByteBuffer()
    private var isReadHeldBack = false

    /// How long one connection may keep its loop from all others with what it has sent at once.
    private static let turn = TimeAmount.microseconds(500)

    init(
        role: any ConnectionRole, limits: ProtocolLimits, counters: ConnectionCounters,
        logger: Logger, memory: MemoryBudget? = nil
    ) {
        self.role = role
        self.limits = limits
        self.counters = counters
        self.logger = logger
        self.receiveWindow = ReceiveWindow(limits.connectionWindow)
        self.held = HeldMemory(limit: limits.heldByteCount, budget: memory)
        self.resetGate = RateGate(limit: limits.resetCount, interval: limits.resetInterval)
        self.nuisanceGate = RateGate(limit: limits.nuisanceCount, interval: limits.nuisanceInterval)
        self.processor = NIOSingleStepByteToMessageProcessor(
            FrameDecoder(
                limits: FrameLimits(
                    frameByteCount: limits.frameByteCount,
                    metadataByteCount: limits.metadataByteCount)))
    }

    // MARK: Channel events

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        if context.channel.isActive { self.begin() }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.shutDown(self.connectionLost)
        self.context = nil
    }

    func channelActive(context: ChannelHandlerContext) {
        self.begin()
        context.fireChannelActive()
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.shutDown(self.connectionLost)
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        self.logger.debug("connection failed", metadata: ["error": "\(error)"])
        self.shutDown(self.connectionLost)
        context.close(promise: nil)
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        self.unwritableSince = context.channel.isWritable ? nil : .now()
        if context.channel.isWritable {
            self.controlBacklog = 0
            self.pump()
        }
        context.fireChannelWritabilityChanged()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        // A peer that shut its sending side is gone for a protocol in which both sides speak.
        if case ChannelEvent.inputClosed = event { context.close(promise: nil) }
        context.fireUserInboundEventTriggered(event)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        self.isReading = true
        self.lastReadAt = .now()
        self.pingSentAt = nil
        var bytes = self.unwrapInboundIn(data)
        self.traffic.bytesIn += bytes.readableBytes
        guard !self.isPostponed else {
            self.postponed.writeBuffer(&bytes)
            return
        }
        self.process(bytes)
    }

    private func process(_ received: ByteBuffer) {
        var bytes = received
        do {
            if self.phase == .awaitingPreface {
                guard let rest = try self.readPreface(&bytes) else { return }
                bytes = rest
            }
            let end = NIODeadline.now() + Self.turn
            var frameCount = 0
            do {
                try self.processor.process(buffer: bytes) {
                    frameCount += 1
                    try self.receive($0)
                    if frameCount % 16 == 0, NIODeadline.now() > end { throw TurnIsOver() }
                }
            } catch is TurnIsOver {
                // The processor keeps the rest.
                self.postpone()
            }
            if frameCount > 0 { self.partialFrameSince = nil }
            self.partialFrameSince =
                self.processor.unprocessedBytes == 0
                ? nil : self.partialFrameSince ?? self.lastReadAt
            if self.controlBacklog > self.limits.controlBacklogByteCount {
                throw ProtocolViolation(reason: "slow_peer", message: "The peer does not read.")
            }
        } catch let violation as ProtocolViolation {
            self.refuse(violation)
        } catch let error as FrameError {
            self.refuse(ProtocolViolation(error))
        } catch {
            self.refuse(ProtocolViolation(reason: "metadata_invalid", message: "\(error)"))
        }
    }

    /// Goes on with what was read in the loop's next turn, and reads nothing more until then.
    private func postpone() {
        guard self.phase != .closed, let context else { return }
        self.isPostponed = true
        context.eventLoop.execute {
            self.isPostponed = false
            guard self.phase != .closed else { return }
            self.isReading = true
            let rest = self.postponed
            self.postponed = ByteBuffer()
            self.process(rest)
            self.isReading = false
            self.flushNow()
            guard !self.isPostponed, self.isReadHeldBack else { return }
            self.isReadHeldBack = false
            self.context?.read()
        }
    }

    func read(context: ChannelHandlerContext) {
        if self.isPostponed { self.isReadHeldBack = true } else { context.read() }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        self.isReading = false
        self.flushNow()
        context.fireChannelReadComplete()
    }

    // MARK: Beginning and end

    private func begin() {
        guard self.tick == nil, let context else { return }
        self.outgoingBytes.writePreface()
        if self.role.isClient { self.sendSettings(.hello, version: nil) }
        self.scheduleFlush()
        let loop = context.eventLoop
        self.handshakeTimer = loop.scheduleTask(in: self.limits.handshakeTimeout.timeAmount) {
            guard self.phase == .awaitingPreface || self.phase == .awaitingHello else { return }
            self.refuse(
                ProtocolViolation(
                    reason: "handshake_timeout", message: "The handshake took too long."))
        }
        let interval = min(.seconds(2), self.limits.frameTimeout.timeAmount)
        self.tick = loop.scheduleRepeatedTask(initialDelay: interval, delay: interval) { _ in
            self.checkProgress()
        }
    }

    /// The peer has said who it is: nothing waits for that any more.
    func handshakeIsDone() {
        self.handshakeTimer?.cancel()
        self.handshakeTimer = nil
    }

    private func readPreface(_ bytes: inout ByteBuffer) throws -> ByteBuffer? {
        self.prefaceBytes.writeBuffer(&bytes)
        switch Preface.check(self.prefaceBytes) {
        case .incomplete: return nil
        case .accepted: break
        case .unsupportedVersion(let version):
            throw ProtocolViolation(
                reason: "version", message: "The peer speaks version \(version).")
        case .foreignProtocol:
            throw ProtocolViolation(reason: "wrong_protocol", message: "The peer speaks another.")
        }
        self.prefaceBytes.moveReaderIndex(forwardBy: Preface.byteCount)
        self.phase = .awaitingHello
        let rest = self.prefaceBytes
        self.prefaceBytes = ByteBuffer()
        return rest
    }

    func sendSettings(_ type: FrameType, version: UInt8?) {
        var settings = self.role.settings(limits: self.limits)
        settings.version = version
        self.writeControl(type, metadata: settings)
    }

    /// Tells the peer what it did wrong and closes.
    func refuse(_ violation: ProtocolViolation) {
        guard self.phase != .closed, let context else { return }
        self.counters.refused(violation.reason)
        if self.counters.isLogLineDue() {
            self.logger.notice(
                "closing a connection that broke the protocol",
                metadata: ["reason": "\(violation.reason)", "detail": "\(violation.message)"])
        }
        if self.phase != .awaitingPreface {
            self.writeControl(
                .goAway,
                metadata: GoAwayMetadata(
                    lastStream: self.lastStreamID, reason: violation.reason,
                    message: violation.message.shortened))
        }
        self.flushNow()
        self.shutDown(
            RPCError(
                .unavailable, reason: "rpc.\(violation.reason)", message: violation.message,
                retry: .ifRepeatable))
        context.close(promise: nil)
    }

    /// Ends all streams and timers; afterwards nothing is sent or delivered.
    func shutDown(_ error: RPCError) {
        guard self.phase != .closed else { return }
        self.phase = .closed
        self.tick?.cancel()
        self.handshakeTimer?.cancel()
        self.sweep?.cancel()
        self.sendOrder.removeAll()
        let streams = self.streams.values
        self.streams = [:]
        self.counters.addStreams(-streams.count)
        self.publishTraffic()
        for stream in streams {
            self.abandon(stream, error)
            stream.owner = nil
        }
        self.held.releaseAll()
        self.role.closed(error)
    }

    /// Fails what a stream still had to send, and then its owner.
    func abandon(_ stream: ConnectionStream, _ error: RPCError) {
        let completions = stream.outgoing.abandon()
        self.releaseOutgoing(of: stream)
        for completion in completions { completion(error) }
        stream.owner?.failed(error)
    }

    private var connectionLost: RPCError {
        RPCError(
            .unavailable, reason: "rpc.connection_lost",
            message: "The connection was lost before the call ended.", retry: .ifRepeatable)
    }

    /// Closes once everything that was written has left.
    func closeGracefully() {
        guard self.phase != .closed, let context else { return }
        self.flushNow()
        // The empty write completes after all earlier ones.
        let channel = context.channel
        channel.writeAndFlush(ByteBuffer()).whenComplete { _ in channel.close(promise: nil) }
    }
}

/// Thrown between two frames to come back to the rest later.
private struct TurnIsOver: Error {}

extension Duration {
    /// The same span as NIO counts it.
    var timeAmount: TimeAmount { .microseconds(self.microseconds) }
}
