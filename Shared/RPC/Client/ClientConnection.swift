import DequeModule
import Logging
import NIOCore
import NIOPosix
import Wire

import struct FoundationEssentials.UUID

/// A client's side of one connection.
// Safe because all state is touched on the connection's event loop.
final class ClientConnection: ConnectionRole, @unchecked Sendable {
    let isClient = true
    let eventLoop: any EventLoop
    /// Fulfilled when the handshake is done, failed when it cannot be.
    let ready: EventLoopPromise<Void>
    private let software: String
    private let instance: UUID
    private let onUnusable: @Sendable (ClientConnection) -> Void
    private var handler: ConnectionHandler?
    private var waiting = Deque<ClientCall>()
    private var failure: RPCError?

    private init(
        eventLoop: any EventLoop, software: String, instance: UUID,
        onUnusable: @escaping @Sendable (ClientConnection) -> Void
    ) {
        self.eventLoop = eventLoop
        self.ready = eventLoop.makePromise()
        self.software = software
        self.instance = instance
        self.onUnusable = onUnusable
    }

    /// Connects and shakes hands.
    ///
    /// - Throws: an ``RPCError`` that says what could not be reached.
    static func connect(
        to address: RPCAddress, on loop: any EventLoop, limits: ProtocolLimits, software: String,
        instance: UUID, counters: ConnectionCounters, timeout: Duration,
        onUnusable: @escaping @Sendable (ClientConnection) -> Void
    ) async throws -> ClientConnection {
        let connection = ClientConnection(
            eventLoop: loop, software: software, instance: instance, onUnusable: onUnusable)
        let bootstrap = ClientBootstrap(group: loop)
            .connectTimeout(timeout.timeAmount)
            .channelOption(.maxMessagesPerRead, value: 4)
            .channelOption(
                .writeBufferWaterMark, value: .init(low: 128 * 1_024, high: 512 * 1_024)
            )
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let handler = ConnectionHandler(
                        role: connection, limits: limits, counters: counters,
                        logger: Logger(
                            label: "rpc.client", factory: { _ in SwiftLogNoOpLogHandler() }))
                    connection.handler = handler
                    try channel.pipeline.syncOperations.addHandler(handler)
                }
            }
        do {
            switch address {
            case .unix(let path):
                _ = try await bootstrap.connect(unixDomainSocketPath: path).get()
            case .tcp(let host, let port):
                _ = try await bootstrap.connect(host: host, port: port).get()
            }
        } catch {
            let failure = RPCError(cannotReach: address, error)
            connection.ready.fail(failure)
            throw failure
        }
        try await connection.ready.futureResult.get()
        return connection
    }

    // MARK: Calls

    /// Sends a call's request, as soon as a stream is free.
    func start(_ call: ClientCall) {
        guard !call.hasEnded else { return }
        guard let handler, self.failure == nil else {
            return call.failed(self.failure ?? .notConnected)
        }
        if let deadline = call.deadline, deadline <= .now() { return call.failed(.tooLate) }
        let limit = min(
            handler.limits.streamCount, Int(handler.peerLimits?.streams ?? 1))
        guard handler.streams.count < limit else {
            guard self.waiting.count < handler.limits.queuedCallCount else {
                return call.failed(.queueFull)
            }
            self.waiting.append(call)
            return
        }
        call.begin(on: handler)
    }

    /// Takes back a call, wherever it is.
    func cancel(_ call: ClientCall, _ error: RPCError) {
        self.waiting.removeAll { $0 === call }
        call.giveUp(error)
    }

    func streamClosed() {
        guard let handler, !self.waiting.isEmpty else { return }
        // Not from within the event that closed the stream.
        let call = self.waiting.removeFirst()
        handler.onNextTurn { self.start(call) }
    }

    /// Closes once nothing is open any more.
    func close() {
        self.eventLoop.run {
            self.failure = self.failure ?? .notConnected
            guard let handler = self.handler else { return }
            handler.shutDown(.notConnected)
            handler.closeGracefullyAfterShutDown()
        }
    }

    // MARK: ConnectionRole

    func settings(limits: ProtocolLimits) -> HandshakeSettings {
        HandshakeSettings(limits: limits, software: self.software, instance: self.instance)
    }

    func opened(_ connection: ConnectionHandler, peer: HandshakeSettings) {
        self.ready.succeed()
    }

    func receivedCall(_ open: OpenMetadata, request: ByteBuffer, on stream: ConnectionStream) {}

    func receivedGoAway(_ goAway: GoAwayMetadata) {
        self.failure =
            self.failure
            ?? RPCError(
                .unavailable, reason: "rpc.draining", message: "The server is shutting down.",
                retry: .notProcessed)
        self.onUnusable(self)
        self.failWaiting()
        guard let handler, goAway.lastStream < .max else { return }
        for stream in handler.streams.values where stream.id > goAway.lastStream {
            let owner = stream.owner
            handler.close(stream)
            owner?.failed(.draining)
        }
    }

    func closed(_ error: RPCError) {
        var error = error
        error.retry = .notProcessed
        self.failure = self.failure ?? error
        self.handler = nil
        self.onUnusable(self)
        self.ready.fail(error)
        self.failWaiting()
    }

    private func failWaiting() {
        let waiting = self.waiting
        self.waiting.removeAll()
        for call in waiting { call.failed(self.failure ?? .notConnected) }
    }
}

extension ConnectionHandler {
    func onNextTurn(_ work: @escaping @Sendable () -> Void) {
        self.context?.eventLoop.execute(work)
    }

    /// Closes the channel of a connection whose streams were ended.
    func closeGracefullyAfterShutDown() {
        self.flushNow()
        self.context?.close(promise: nil)
    }
}

extension RPCError {
    static let notConnected = RPCError(
        .unavailable, reason: "rpc.not_connected", message: "The client is not connected.",
        retry: .notProcessed)
    static let draining = RPCError(
        .unavailable, reason: "rpc.draining", message: "The server is shutting down.",
        retry: .notProcessed)
    static let queueFull = RPCError(
        .resourceExhausted, reason: "rpc.client_queue_full",
        message: "Too many calls wait for a free stream.", retry: .after(.milliseconds(100)))
    static let tooLate = RPCError(
        .deadlineExceeded, reason: "rpc.deadline_exceeded",
        message: "The time ran out before the call was sent.", retry: .notProcessed)
    static let cancelledByCaller = RPCError(
        .cancelled, reason: "rpc.cancelled", message: "The caller cancelled the call.",
        retry: .ifRepeatable)

    init(cannotReach address: RPCAddress, _ error: any Error) {
        self.init(
            .unavailable, reason: "rpc.cannot_connect",
            message: "Cannot connect to \(address): \(RPCError.explain(error)).",
            retry: .notProcessed, details: ["address": "\(address)"])
    }

    private static func explain(_ error: any Error) -> String {
        switch error {
        case let error as IOError: "\(error.strerror)"
        case let error as NIOConnectionError:
            error.connectionErrors.first.map { Self.explain($0.error) } ?? "its name is not known"
        case is ChannelError: "it does not answer"
        default: "\(error)"
        }
    }
}

extension IOError {
    /// What the operating system says of the error.
    fileprivate var strerror: String {
        switch self.errnoCode {
        case 2: "there is no such socket"
        case 13: "permission denied"
        case 111: "nobody listens there"
        case 11: "too many connections wait there"
        default: "\(self)"
        }
    }
}
