internal import ConversationsAPI
internal import RPC
internal import ServiceKit

/// Answers the method that finds messages.
struct SearchHandlers {
    let store: SearchStore

    /// Adds the method to a table.
    func register(in methods: inout MethodTable) {
        methods.register(SearchMessages.self, handler: self.search)
    }

    @Sendable
    func search(_ request: SearchMessages, _ context: CallContext) async throws -> MessageHitPage {
        let query = try SearchQuery(request.query)
        let limit = try FieldRules.pageSize(request.pageSize, default: 20, atMost: 50)
        let filter = try Self.filter(of: request)
        var digested = request
        digested.pageSize = nil
        digested.pageToken = nil
        let digest = Digest.hexadecimal(try Digest.of(request: digested).prefix(4))
        let offset = try request.pageToken.map { try Self.offset(in: $0, digest: digest) } ?? 0
        // One more than the page shows tells whether another page follows.
        var hits = try await self.store.search(
            query,
            filter,
            offset: offset,
            limit: limit + 1,
            as: try context.requireCaller().userID,
            deadline: context.deadline
        )
        let end = offset + limit
        let hasMore = hits.count > limit && end < SearchStore.hitCount
        hits.removeLast(max(0, hits.count - limit))
        return MessageHitPage(
            hits: hits,
            nextPageToken: hasMore ? PageCursor([digest, String(end)]).text : nil
        )
    }

    private static func filter(of request: SearchMessages) throws -> SearchStore.Filter {
        try ConversationRules.checkContext(filter: request.contextType, request.contextID)
        return SearchStore.Filter(
            conversationID: request.conversationID,
            roles: try (request.roles ?? []).map { try FieldRules.known($0, "roles").rawValue },
            model: try request.model.map { try FieldRules.line($0, "model", atMost: 200) },
            contextType: request.contextType,
            contextID: request.contextID,
            isArchived: request.isArchived,
            createdFrom: try request.createdFrom.map { try FieldRules.date($0, "createdFrom") },
            createdBefore: try request.createdBefore.map {
                try FieldRules.date($0, "createdBefore")
            }
        )
    }

    private static func offset(in token: String, digest: String) throws -> Int {
        let parts = try PageCursor(token, partCount: 2).parts
        guard parts[0] == digest, let offset = Int(parts[1]),
            (1..<SearchStore.hitCount).contains(offset)
        else { throw RPCError.invalid("pageToken", "it is not of a search with this query.") }
        return offset
    }
}
