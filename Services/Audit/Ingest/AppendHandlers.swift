internal import AuditAPI
internal import Logging
internal import RPC

/// Answers the method by which producers append.
struct AppendHandlers {
    let sequencer: Sequencer

    /// Adds the method to a table.
    func register(in methods: inout MethodTable) {
        methods.register(AppendEntries.self, handler: self.append)
    }

    /// Lets a process append as itself only.
    @Sendable
    func append(_ request: AppendEntries, _ context: CallContext) async throws -> AppendedEntries {
        guard context.peer.names.contains(request.producer) else {
            context.logger.warning(
                "a process named a producer that it is not",
                metadata: ["producer": "\(request.producer)"])
            throw RPCError.producerNotCaller
        }
        return try await self.sequencer.append(request)
    }
}
