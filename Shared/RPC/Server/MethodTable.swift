internal import Logging
internal import NIOCore
internal import Wire

/// The methods that a server answers, by name.
package struct MethodTable: Sendable {
    /// One method with its handler, its types erased.
    struct Entry: Sendable {
        let contract: MethodContract
        let shape: CallShape
        let describe: @Sendable () throws -> MethodDescription
        let serve: @Sendable (ServerCall, ByteBuffer, CallContext) async throws -> Void
        /// A server that takes the table over gives it counters of its own.
        var counters = MethodCounters()
    }

    private(set) var entries: [String: Entry] = [:]

    /// Makes an empty table.
    package init() {}

    /// Answers a unary method.
    package mutating func register<M: UnaryMethod>(
        _ method: M.Type,
        handler: @escaping @Sendable (M, CallContext) async throws -> M.Reply
    ) {
        self.add(method, .unary) {
            try MethodDescription(unary: method)
        } serve: {
            call, body, context in
            let request = try Self.decode(method, from: body)
            let reply = try await handler(request, context)
            call.reply(try CBOREncoder().encode(reply))
        }
    }

    /// Answers a method whose reply is a stream; the stream ends when the handler returns.
    package mutating func register<M: ServerStreamMethod>(
        _ method: M.Type,
        handler:
            @escaping @Sendable (M, OutboundStream<M.Element>, CallContext) async throws ->
            Void
    ) {
        self.add(method, .serverStream) {
            try MethodDescription(serverStream: method)
        } serve: {
            call, body, context in
            let request = try Self.decode(method, from: body)
            try await handler(request, OutboundStream(sender: call), context)
            call.end()
        }
    }

    /// Answers a method whose caller sends a stream.
    package mutating func register<M: ClientStreamMethod>(
        _ method: M.Type,
        handler:
            @escaping @Sendable (M, InboundStream<M.Input>, CallContext) async throws ->
            M.Reply
    ) {
        self.add(method, .clientStream) {
            try MethodDescription(clientStream: method)
        } serve: {
            call, body, context in
            let request = try Self.decode(method, from: body)
            let inputs = InboundStream<M.Input>(
                inbox: call.inbox, unknownFields: method.contract.unknownFields)
            let reply = try await handler(request, inputs, context)
            call.reply(try CBOREncoder().encode(reply))
        }
    }

    /// Answers a method in which both sides send streams.
    package mutating func register<M: BidirectionalStreamMethod>(
        _ method: M.Type,
        handler:
            @escaping @Sendable (
                M, InboundStream<M.Input>, OutboundStream<M.Element>, CallContext
            ) async throws -> Void
    ) {
        self.add(method, .bidirectional) {
            try MethodDescription(bidirectional: method)
        } serve: {
            call, body, context in
            let request = try Self.decode(method, from: body)
            let inputs = InboundStream<M.Input>(
                inbox: call.inbox, unknownFields: method.contract.unknownFields)
            try await handler(request, inputs, OutboundStream(sender: call), context)
            call.end()
        }
    }

    /// Everything about each method, by name.
    ///
    /// - Throws: ``ReflectionError`` if a type cannot be recorded.
    package func descriptions() throws -> [MethodDescription] {
        try self.entries.values.map { try $0.describe() }.sorted { $0.name < $1.name }
    }

    /// Makes calls count in `counters`.
    mutating func count(in counters: CallCounters) {
        for name in self.entries.keys {
            guard let own = counters[name] else { continue }
            self.entries[name]?.counters = own
        }
    }

    /// Adds what another table answers.
    package mutating func merge(_ other: MethodTable) {
        self.entries.merge(other.entries) { _, new in new }
    }

    private mutating func add<M: Method>(
        _ method: M.Type, _ shape: CallShape,
        describe: @escaping @Sendable () throws -> MethodDescription,
        serve: @escaping @Sendable (ServerCall, ByteBuffer, CallContext) async throws -> Void
    ) {
        let contract = method.contract
        precondition(
            OpenMetadata.isMethodName(contract.name), "\(contract.name) is no method name")
        precondition(self.entries[contract.name] == nil, "\(contract.name) is registered twice")
        self.entries[contract.name] = Entry(
            contract: contract, shape: shape, describe: describe, serve: serve)
    }

    private static func decode<M: Method>(_ method: M.Type, from body: ByteBuffer) throws -> M {
        do {
            return try CBORDecoder(
                unknownFields: method.contract.unknownFields == .reject ? .reject : .ignore
            ).decode(method, from: body)
        } catch let error as CBORError {
            throw RPCError(malformed: error)
        }
    }
}

extension RPCError {
    /// What a caller is told whose message does not fit the contract.
    init(malformed error: CBORError) {
        self.init(
            .invalidArgument, reason: "rpc.message_invalid", message: "\(error)",
            details: ["path": error.path])
    }
}
