import Foundation
import Logging
import NIOCore
import NIOEmbedded
import Wire

@testable import RPC

/// A server's or a client's connection without sockets and tasks.
final class FuzzSubject {
    let role: FuzzRole
    let handler: ConnectionHandler
    private let channel = EmbeddedChannel()
    private let memory = MemoryBudget(4 * 1_024 * 1_024)

    /// How many calls a client has open at once.
    private static let callCount = 8

    init(asClient isClient: Bool = false) throws {
        self.role = FuzzRole(isClient: isClient)
        var limits = ProtocolLimits()
        limits.streamCount = 8
        limits.messageByteCount = 200_000
        limits.reassemblyByteCount = 300_000
        limits.heldByteCount = 500_000
        self.handler = ConnectionHandler(
            role: self.role, limits: limits, counters: ConnectionCounters(),
            logger: Logger(label: "fuzz", factory: { _ in SwiftLogNoOpLogHandler() }),
            memory: self.memory)
        try self.channel.pipeline.syncOperations.addHandler(self.handler)
        try self.channel.connect(to: SocketAddress(unixDomainSocketPath: "/fuzz")).wait()
    }

    func receive(_ bytes: ByteBuffer) throws {
        try self.channel.writeInbound(bytes)
        self.channel.embeddedEventLoop.run()
        while try self.channel.readOutbound(as: ByteBuffer.self) != nil {}
    }

    /// Handlers and callers take messages, send some, end or fail, in some order.
    func act(_ generator: inout FrameGenerator) {
        if self.role.isClient, self.handler.phase == .open {
            while self.role.calls.count < Self.callCount, generator.below(4) > 0 {
                self.open(&generator)
            }
        }
        for call in self.role.calls where generator.below(3) == 0 {
            if self.role.isClient, call.hasEnded || call.hasFailed {
                if call.hasEnded { self.role.replyCount += 1 }
                self.finish(call)
                continue
            }
            switch generator.below(5) {
            case 0:
                self.handler.send(
                    OutgoingMessage(
                        type: .message, body: ByteBuffer(repeating: 1, count: generator.size()),
                        endsStream: !self.role.isClient || generator.below(2) == 0),
                    on: call.stream)
                if !self.role.isClient { self.finish(call) }
            case 1:
                self.handler.fail(
                    call.stream, RPCError(.aborted, reason: "fuzz.aborted", message: "Enough."))
                self.finish(call)
            case 2 where call.hasFailed: self.finish(call)
            default:
                let taken = call.unread
                call.unread = .init(messageCount: 0, credit: 0)
                if taken.messageCount > 0 { self.handler.consumed(taken, on: call.stream) }
            }
        }
        self.channel.embeddedEventLoop.run()
    }

    /// Begins a call, as callers do.
    private func open(_ generator: inout FrameGenerator) {
        let stream = self.handler.makeStream(owner: FuzzCaller())
        let call = FuzzCall(stream)
        stream.owner = call
        self.role.calls.append(call)
        self.handler.send(
            OutgoingMessage(
                type: .open, metadata: OpenMetadata(method: "fuzz.Method").encodedQuickly(),
                body: ByteBuffer(repeating: 1, count: generator.size()),
                endsStream: generator.below(2) == 0),
            on: stream)
    }

    private func finish(_ call: FuzzCall) {
        self.role.calls.removeAll { $0 === call }
        if self.role.isClient {
            self.handler.fail(
                call.stream, RPCError(.cancelled, reason: "fuzz.cancelled", message: "Enough."))
        } else {
            self.handler.finished(call.stream)
        }
        if call.unread.messageCount > 0 { self.handler.consumed(call.unread, on: call.stream) }
    }

    /// What must not be left once the peer is gone and all handlers are through.
    func problemsAfterClosing() throws -> [String] {
        var problems: [String] = []
        if self.handler.held.byteCount < 0 { problems.append("more was released than held") }
        if self.handler.reassemblyByteCount < 0 { problems.append("negative reassembly") }
        let waiting = self.handler.streams.values.filter { $0.owner == nil }
        if waiting.contains(where: { $0.pendingOpen == nil }) {
            problems.append("a stream that nobody will end")
        }
        if self.handler.phase != .closed {
            for call in self.role.calls { self.finish(call) }
            let left = self.handler.streams.values.filter {
                $0.pendingOpen == nil && $0.outgoing.isEmpty
            }
            if !left.isEmpty { problems.append("\(left.count) streams left") }
        }
        _ = try self.channel.finish(acceptAlreadyClosed: true)
        if !self.handler.streams.isEmpty { problems.append("streams after the end") }
        if self.memory.takenByteCount != 0 { problems.append("memory after the end") }
        return problems
    }
}

final class FuzzRole: ConnectionRole {
    let isClient: Bool
    var calls: [FuzzCall] = []
    var callCount = 0
    /// Calls of a client that ended as their server wished.
    var replyCount = 0
    private unowned var connection: ConnectionHandler?

    init(isClient: Bool) { self.isClient = isClient }

    func settings(limits: ProtocolLimits) -> HandshakeSettings {
        HandshakeSettings(limits: limits, software: "fuzz", instance: UUID())
    }

    func opened(_ connection: ConnectionHandler, peer: HandshakeSettings) {
        self.connection = connection
    }

    func receivedCall(_ open: OpenMetadata, request: ByteBuffer, on stream: ConnectionStream) {
        self.callCount += 1
        let call = FuzzCall(stream)
        stream.owner = call
        self.calls.append(call)
    }

    func receivedGoAway(_ goAway: GoAwayMetadata) {}
    func streamClosed() {}
    func closed(_ error: RPCError) { self.calls = [] }
}

final class FuzzCall: StreamOwner {
    let stream: ConnectionStream
    var unread = MessageInbox.Taken(messageCount: 0, credit: 0)
    /// Whether the peer sends nothing more, which for a client is the regular end.
    var hasEnded = false
    var hasFailed = false

    init(_ stream: ConnectionStream) { self.stream = stream }

    func receivedMessage(_ message: ByteBuffer, credit byteCount: Int) {
        self.unread.messageCount += 1
        self.unread.credit += byteCount
    }

    func receivedEnd(_ status: StatusMetadata) { self.hasEnded = true }
    func failed(_ error: RPCError) { self.hasFailed = true }
}

/// Whom a stream belongs to until its call is known.
private final class FuzzCaller: StreamOwner {
    func receivedMessage(_ message: ByteBuffer, credit byteCount: Int) {}
    func receivedEnd(_ status: StatusMetadata) {}
    func failed(_ error: RPCError) {}
}
