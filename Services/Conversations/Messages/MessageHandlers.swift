internal import ConversationsAPI
internal import RPC
internal import ServiceKit

internal import struct FoundationEssentials.UUID

/// Answers the methods about messages.
struct MessageHandlers {
    let store: MessageStore
    let announcer: EventAnnouncer

    /// Adds the methods to a table.
    func register(in methods: inout MethodTable) {
        methods.register(AppendMessage.self, handler: self.append)
        methods.register(EditMessage.self, handler: self.edit)
        methods.register(GetMessage.self, handler: self.get)
        methods.register(ListMessages.self, handler: self.list)
    }

    @Sendable
    func append(_ request: AppendMessage, _ context: CallContext) async throws -> StoredMessage {
        let draft = try MessageRules.draft(for: request)
        let outcome = try await self.store.append(
            to: request.conversationID,
            after: request.parentID,
            draft,
            once: try KeyedCall(request, context),
            as: try context.requireCaller().userID,
            deadline: context.deadline
        )
        return try self.result(of: outcome)
    }

    @Sendable
    func edit(_ request: EditMessage, _ context: CallContext) async throws -> StoredMessage {
        let person = try context.requireCaller().userID
        // Messages never change, so what is read here still holds in the write below.
        guard
            let original = try await self.store.find(
                request.messageID,
                as: person,
                deadline: context.deadline
            )
        else { throw RPCError.conversationNotFound }
        let outcome = try await self.store.edit(
            original.id,
            try MessageRules.draft(for: request, original: original),
            expectedVersion: request.expectedVersion,
            once: try KeyedCall(request, context),
            as: person,
            deadline: context.deadline
        )
        return try self.result(of: outcome)
    }

    @Sendable
    func get(_ request: GetMessage, _ context: CallContext) async throws -> Message {
        guard
            let message = try await self.store.find(
                request.messageID,
                as: try context.requireCaller().userID,
                deadline: context.deadline
            )
        else { throw RPCError.conversationNotFound }
        return message
    }

    @Sendable
    func list(_ request: ListMessages, _ context: CallContext) async throws -> MessagePage {
        let person = try context.requireCaller().userID
        let limit = try FieldRules.pageSize(request.pageSize, default: 50, atMost: 200)
        let scope = try FieldRules.known(request.scope ?? .branch, "scope")
        let direction = try FieldRules.known(request.direction ?? .oldestFirst, "direction")
        if scope == .tree, request.leafID != nil {
            throw RPCError.invalid("leafID", "the whole tree has no one leaf.")
        }
        let position = try request.pageToken.map {
            try MessageStore.Listing.position(in: $0, of: request, direction: direction)
        }
        let leaf: UUID?
        switch try await self.store.leaf(
            position?.leafID ?? request.leafID,
            of: request.conversationID,
            as: person,
            deadline: context.deadline
        )
        {
        case .conversationMissing: throw RPCError.conversationNotFound
        case .messageMissing: throw RPCError.messageNotInConversation
        case .message(let found): leaf = found
        }
        if scope == .branch, leaf == nil { return MessagePage(messages: []) }
        let listing = MessageStore.Listing(
            conversationID: request.conversationID,
            leafID: scope == .branch ? leaf : nil,
            direction: direction
        )
        let (messages, next) = try await self.store.list(
            listing,
            after: position?.after,
            limit: limit,
            as: person,
            deadline: context.deadline
        )
        return MessagePage(messages: messages, nextPageToken: next.map(listing.token))
    }

    /// The stored message, or what the caller is told instead; watchers hear of a new one.
    private func result(of outcome: MessageStore.Outcome) throws -> StoredMessage {
        switch outcome {
        case .stored(let stored):
            if !stored.isRepeated {
                self.announcer.announce(stored.message.conversationID)
            }
            return stored
        case .missing: throw RPCError.conversationNotFound
        case .messageMissing: throw RPCError.messageNotInConversation
        case .stale: throw RPCError.versionConflict
        case .keyReused: throw RPCError.idempotencyKeyReused
        }
    }
}
