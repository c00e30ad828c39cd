internal import AuditAPI
internal import ConversationsAPI
internal import Postgres
internal import RPC
internal import ServiceKit

internal import struct FoundationEssentials.UUID

/// Answers the methods about conversations themselves.
struct ConversationHandlers {
    let store: ConversationStore
    let announcer: EventAnnouncer
    let audit: AuditOutbox

    /// Adds the methods to a table.
    func register(in methods: inout MethodTable) {
        methods.register(CreateConversation.self, handler: self.create)
        methods.register(ListConversations.self, handler: self.list)
        methods.register(GetConversation.self, handler: self.get)
        methods.register(RenameConversation.self) { request, context in
            try await self.change(
                request,
                request.conversationID,
                .rename(try ConversationRules.title(request.title)),
                expectedVersion: request.expectedVersion,
                context
            )
        }
        methods.register(ArchiveConversation.self) { request, context in
            try await self.change(
                request,
                request.conversationID,
                .archive(request.isArchived ?? true),
                context
            )
        }
        methods.register(PinConversation.self) { request, context in
            try await self.change(
                request,
                request.conversationID,
                .pin(request.isPinned ?? true),
                context
            )
        }
        methods.register(UpdateConversation.self) { request, context in
            try await self.change(
                request,
                request.conversationID,
                try ConversationRules.change(for: request),
                expectedVersion: request.expectedVersion,
                context
            )
        }
        methods.register(SelectBranch.self) { request, context in
            try await self.change(
                request,
                request.conversationID,
                .select(leaf: request.leafID),
                expectedVersion: request.expectedVersion,
                context
            )
        }
        methods.register(DeleteConversation.self) { request, context in
            try await self.perform(
                ConversationStore.change(
                    request.conversationID,
                    .delete,
                    expectedVersion: request.expectedVersion
                ),
                once: try self.store.answers.call(request, context),
                recording: .conversation(.conversationDeleted, request.conversationID),
                context
            ) { _ in Empty() }
        }
    }

    @Sendable
    func create(
        _ request: CreateConversation,
        _ context: CallContext
    ) async throws
        -> Conversation
    {
        var draft = try ConversationRules.draft(for: request)
        let id = UUID.version7()
        draft.set("id", id)
        let call = try self.store.answers.call(request, context)
        return try await self.perform(
            ConversationStore.create(draft, once: call),
            once: call,
            recording: .conversation(.conversationCreated, id),
            context
        ) { $0 }
    }

    @Sendable
    func list(
        _ request: ListConversations,
        _ context: CallContext
    ) async throws
        -> ConversationPage
    {
        try ConversationRules.checkContext(filter: request.contextType, request.contextID)
        let limit = try FieldRules.pageSize(request.pageSize, default: 50, atMost: 200)
        let filter = ConversationStore.Filter(
            isArchived: request.isArchived ?? false,
            contextType: request.contextType,
            contextID: request.contextID
        )
        let (conversations, next) = try await self.store.list(
            filter,
            after: try request.pageToken.map { try filter.position(in: $0) },
            limit: limit,
            as: try context.requireCaller().userID,
            deadline: context.deadline
        )
        return ConversationPage(
            conversations: conversations,
            nextPageToken: try next.map(filter.token)
        )
    }

    @Sendable
    func get(_ request: GetConversation, _ context: CallContext) async throws -> Conversation {
        guard
            let conversation = try await self.store.find(
                request.conversationID,
                as: try context.requireCaller().userID,
                deadline: context.deadline
            )
        else { throw RPCError.conversationNotFound }
        return conversation
    }

    private func change<M: UnaryMethod>(
        _ request: M,
        _ id: UUID,
        _ change: ConversationChange,
        expectedVersion: Int64? = nil,
        _ context: CallContext
    ) async throws -> Conversation where M.Reply == Conversation {
        try await self.perform(
            ConversationStore.change(id, change, expectedVersion: expectedVersion),
            once: try self.store.answers.call(request, context),
            context
        ) { $0 }
    }

    /// Makes or changes a conversation; watchers hear of it.
    ///
    /// - Parameter fact: what is recorded if anything changes.
    private func perform<Answer: Codable & Sendable>(
        _ function: SQL,
        once call: KeyedCall?,
        recording fact: AuditFact? = nil,
        _ context: CallContext,
        answer: (Conversation) -> Answer
    ) async throws -> Answer {
        let (given, changed) = try await self.store.perform(
            function,
            once: call,
            recording: try fact.map {
                try self.audit.record($0, in: context, if: ConversationStore.hasChanged)
            },
            as: try context.requireCaller().userID,
            deadline: context.deadline
        ) { answer(try Self.conversation(of: $0)) }
        if let changed { self.announcer.announce(changed) }
        return given
    }

    /// The conversation, or what the caller is told instead.
    private static func conversation(
        of outcome: ConversationStore.Outcome
    ) throws
        -> Conversation
    {
        switch outcome {
        case .changed(let conversation), .unchanged(let conversation): return conversation
        case .missing: throw RPCError.conversationNotFound
        case .stale: throw RPCError.versionConflict
        case .messageMissing: throw RPCError.messageNotInConversation
        case .keyReused: throw RPCError.idempotencyKeyReused
        }
    }
}

extension AuditFact {
    /// What was done to a conversation.
    static func conversation(_ action: AuditAction, _ id: UUID) -> Self {
        Self(action, of: AuditResource("conversation", id))
    }
}
