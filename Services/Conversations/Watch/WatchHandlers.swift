internal import ConversationsAPI
internal import RPC

/// Answers the method that follows a conversation.
struct WatchHandlers {
    let conversations: ConversationStore
    let events: EventStore
    let hub: WatchHub

    /// Adds the method to a table.
    func register(in methods: inout MethodTable) {
        methods.register(WatchConversation.self, handler: self.watch)
    }

    /// Sends the events after a position, then each new one as it comes.
    ///
    /// `send` suspends while the reader has granted no credit, which holds up nobody else: what
    /// happens meanwhile stays in the table, and is read in batches of a bounded size.
    @Sendable
    func watch(
        _ request: WatchConversation,
        _ outbound: OutboundStream<ConversationEvent>,
        _ context: CallContext
    ) async throws {
        let person = try context.requireCaller().userID
        var position = try FieldRules.number(request.after ?? 0, "after", in: 0...Int64.max)
        let wakeUps = self.hub.wakeUps(for: request.conversationID)
        guard
            let conversation = try await self.conversations.find(
                request.conversationID,
                as: person,
                deadline: context.deadline
            )
        else { throw RPCError.conversationNotFound }
        guard position <= conversation.version else {
            throw RPCError(
                .outOfRange,
                reason: "conversations.position_ahead",
                message: "The conversation has not reached this position.",
                details: ["version": String(conversation.version)]
            )
        }
        for await _ in wakeUps {
            while true {
                let batch = try await self.events.events(
                    of: request.conversationID,
                    after: position,
                    as: person
                )
                for event in batch {
                    try await outbound.send(event)
                    position = event.position
                    if event.kind == .deleted { return }
                }
                if batch.isEmpty { break }
            }
        }
        try Task.checkCancellation()
    }
}
