internal import AuditAPI
internal import Postgres
internal import RPC
internal import ServiceKit

internal import struct FoundationEssentials.UUID

/// Answers the methods about erasing people's data.
struct ErasureHandlers: Sendable {
    let store: ErasureStore
    let answers: KeptAnswers
    let work: RetentionWork

    /// Adds the methods to a table.
    func register(in methods: inout MethodTable) {
        methods.register(ErasePayloads.self, handler: self.erase)
        methods.register(ListErasures.self, handler: self.list)
    }

    /// Records the erasure; the event of it follows with its outcome.
    @Sendable
    func erase(_ request: ErasePayloads, _ context: CallContext) async throws -> Erasure {
        let caller = try context.requireCaller().userID
        _ = try RetentionRules.text(request.basis, "basis", limit: 200)
        _ = try RetentionRules.text(request.reason, "reason", limit: 1_000)
        let recording = ErasureStore.request(request, id: .version7(), by: caller)
        let erasure: Erasure = try await self.answers.perform(
            request, context, in: self.store.database, as: RetentionStore.purpose
        ) { transaction in
            guard
                let erasure: Erasure = try await transaction.execute(recording).decodeFirst()
            else { throw DatabaseError(code: .decoding, message: "the log has no state") }
            return erasure
        }
        self.work.wake()
        return erasure
    }

    @Sendable
    func list(_ request: ListErasures, _ context: CallContext) async throws -> ErasurePage {
        let size = try RetentionRules.pageSize(request.pageSize)
        let rows = try await self.store.list(
            user: request.userID, before: try RetentionRules.position(request.pageToken),
            limit: size + 1, deadline: context.deadline)
        let page = RetentionRules.page(rows, size: size, id: \.id)
        return ErasurePage(erasures: page.items, nextPageToken: page.token)
    }
}

extension KeptAnswers {
    /// Makes a change in a transaction; with an idempotency key, once.
    func perform<M: UnaryMethod>(
        _ request: M, _ context: CallContext, in database: Database,
        as identity: DatabaseIdentity, _ change: (Transaction) async throws -> M.Reply
    ) async throws -> M.Reply {
        let call = try self.call(request, context)
        return try await database.transaction(as: identity, deadline: context.deadline) {
            transaction in
            if let call {
                let results = try await transaction.batch(self.claim(call))
                if let kept: M.Reply = try self.answer(to: call, in: results) { return kept }
            }
            let reply = try await change(transaction)
            if let call { _ = try await transaction.execute(try self.keep(reply, of: call)) }
            return reply
        }
    }
}
