import Logging
import NIOCore
import Wire

import struct FoundationEssentials.UUID

/// A server's side of one connection: finds the method, checks access, runs the handler.
final class ServerConnection: ConnectionRole {
    let isClient = false
    private let server: ServerCore
    private let peer: Peer
    private let eventLoop: any EventLoop
    private let executor: EventLoopTaskExecutor
    private unowned var connection: ConnectionHandler?
    private let onClose: () -> Void

    init(server: ServerCore, peer: Peer, eventLoop: any EventLoop, onClose: @escaping () -> Void) {
        self.server = server
        self.peer = peer
        self.eventLoop = eventLoop
        self.executor = EventLoopTaskExecutor.shared(for: eventLoop)
        self.onClose = onClose
    }

    func settings(limits: ProtocolLimits) -> HandshakeSettings {
        HandshakeSettings(
            limits: limits, software: "steward-\(self.server.service)/\(self.server.build)",
            instance: self.server.instance)
    }

    func opened(_ connection: ConnectionHandler, peer: HandshakeSettings) {
        self.connection = connection
    }

    func receivedCall(
        _ open: OpenMetadata, request: ByteBuffer, on stream: ConnectionStream
    ) {
        guard let connection else { return }
        guard let entry = self.server.methods.entries[open.method] else {
            self.server.calls.countUnknownMethod()
            return connection.fail(stream, self.unknownMethod(open.method))
        }
        let call = ServerCall(
            connection: connection, stream: stream, eventLoop: self.eventLoop, shape: entry.shape,
            isEndless: entry.contract.isEndless)
        stream.owner = call
        if entry.shape == .unary, open.timeout == nil {
            let timeout = entry.contract.defaultTimeout ?? connection.limits.unaryTimeout
            connection.setDeadline(connection.lastReadAt + timeout.timeAmount, on: stream)
        }
        let remaining = stream.deadline.map { deadline in
            ContinuousClock.now + .nanoseconds((deadline - connection.lastReadAt).nanoseconds)
        }
        let (server, peer, receivedAt) = (self.server, self.peer, connection.lastReadAt)
        call.start(executor: self.executor) { call in
            await server.serve(
                entry, open: open, request: request, deadline: remaining, peer: peer, call: call,
                receivedAt: receivedAt)
        }
    }

    private func unknownMethod(_ name: String) -> RPCError {
        let isName = OpenMetadata.isMethodName(name)
        return RPCError(
            .unimplemented, reason: "rpc.method_unknown",
            message: "The service \(self.server.service) has no method "
                + (isName ? name : "of that name") + ".")
    }

    func receivedGoAway(_ goAway: GoAwayMetadata) {}

    func streamClosed() {}

    func closed(_ error: RPCError) {
        self.connection = nil
        self.onClose()
    }
}

/// What all connections of one server share.
final class ServerCore: Sendable {
    let service: String
    let build: String
    let instance: UUID
    let methods: MethodTable
    let authorizer: any CallAuthorizer
    let logger: Logger
    let calls: CallCounters

    init(
        service: String, build: String, instance: UUID, methods: MethodTable, calls: CallCounters,
        authorizer: any CallAuthorizer, logger: Logger
    ) {
        self.service = service
        self.build = build
        self.instance = instance
        self.methods = methods
        self.calls = calls
        self.authorizer = authorizer
        self.logger = logger
    }

    /// The way of one call: access rule, handler, answer.
    func serve(
        _ entry: MethodTable.Entry, open: OpenMetadata, request: ByteBuffer,
        deadline: ContinuousClock.Instant?, peer: Peer, call: ServerCall, receivedAt: NIODeadline
    ) async {
        var accepted: CallContext?
        do {
            let caller = try await self.authorizer.authorize(
                entry.contract, token: open.token, peer: peer)
            if let caller, entry.shape != .unary {
                call.observe(caller, authorizer: self.authorizer)
            }
            let context = CallContext(
                method: entry.contract.name, peer: peer, caller: caller, deadline: deadline,
                idempotencyKey: open.idempotencyKey, attempt: Int(open.attempt ?? 0),
                trace: open.trace.flatMap(TraceContext.init(traceparent:)),
                metadata: open.values ?? [:], token: open.token, logger: self.logger)
            accepted = context
            try await entry.serve(call, request, context)
            entry.counters.count(call.failure?.code, since: receivedAt)
        } catch {
            var failure = self.failure(error, of: entry.contract.name, trace: open.trace)
            if let accepted { failure = await self.heard(failure, in: accepted) }
            // What the caller was told before, such as that the time ran out, is what counts.
            entry.counters.count((call.failure ?? failure).code, since: receivedAt)
            call.fail(failure)
        }
    }

    /// What the caller is told once the authorizer has heard of a failure.
    private func heard(_ failure: RPCError, in context: CallContext) async -> RPCError {
        do {
            try await self.authorizer.failed(failure, in: context)
            return failure
        } catch {
            return self.failure(error, of: context.method, trace: context.trace?.traceparent)
        }
    }

    /// What the caller is told; what it must not be told is logged instead.
    private func failure(_ error: any Error, of method: String, trace: String?) -> RPCError {
        switch error {
        case let error as RPCError: return error
        case let error as any RPCErrorConvertible:
            let converted = error.rpcError
            if converted.code == .internal { self.logDefect(error, of: method, trace: trace) }
            return converted
        case is CancellationError:
            return RPCError(
                .cancelled, reason: "rpc.cancelled", message: "The call was cancelled.",
                retry: .ifRepeatable)
        default:
            self.logDefect(error, of: method, trace: trace)
            return RPCError(
                .internal, reason: "rpc.internal",
                message: "The service failed; its log says more.", retry: .ifRepeatable)
        }
    }

    private func logDefect(_ error: any Error, of method: String, trace: String?) {
        self.logger.error(
            "a handler failed unexpectedly",
            metadata: ["method": "\(method)", "error": "\(error)", "trace": "\(trace ?? "-")"])
    }
}

/// An error that knows what a caller is to be told.
package protocol RPCErrorConvertible: Error {
    /// The error for the wire.
    var rpcError: RPCError { get }
}
