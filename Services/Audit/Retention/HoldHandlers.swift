internal import AuditAPI
internal import Postgres
internal import RPC
internal import ServiceKit

internal import struct FoundationEssentials.UUID

/// Answers the methods about legal holds.
struct HoldHandlers: Sendable {
    let store: HoldStore
    let answers: KeptAnswers
    let audit: AuditOutbox
    let work: RetentionWork

    /// Adds the methods to a table.
    func register(in methods: inout MethodTable) {
        methods.register(PlaceHold.self, handler: self.place)
        methods.register(ReleaseHold.self, handler: self.release)
        methods.register(ListHolds.self, handler: self.list)
    }

    @Sendable
    func place(_ request: PlaceHold, _ context: CallContext) async throws -> Hold {
        let caller = try context.requireCaller().userID
        _ = try RetentionRules.text(request.reason, "reason", limit: 1_000)
        _ = try request.auditClass.map { try RetentionRules.known($0, "auditClass") }
        let from = try RetentionRules.time(request.from, "from")
        let to = try RetentionRules.time(request.to, "to")
        if let from, let to, from >= to { throw RPCError.invalid("to", "after from.") }
        return try await self.answers.perform(
            request, context, in: self.store.database, as: RetentionStore.purpose
        ) { transaction in
            let results = try await transaction.batch([
                HoldStore.place(request, id: .version7(), by: caller)
            ])
            return try await self.record(try results[0].decodeFirst(), in: transaction, context)
        }
    }

    @Sendable
    func release(_ request: ReleaseHold, _ context: CallContext) async throws -> Hold {
        let caller = try context.requireCaller().userID
        let reason = try RetentionRules.text(request.reason, "reason", limit: 1_000)
        let hold = try await self.store.database.transaction(
            as: RetentionStore.purpose, deadline: context.deadline
        ) { transaction in
            let results = try await transaction.batch([
                HoldStore.release(request.id, reason: reason, by: caller),
                HoldStore.find(request.id),
            ])
            if let hold: Hold = try results[0].decodeFirst() {
                return try await self.record(hold, in: transaction, context)
            }
            guard let hold: Hold = try results[1].decodeFirst() else {
                throw RPCError.holdNotFound
            }
            return hold
        }
        self.work.wake()
        return hold
    }

    @Sendable
    func list(_ request: ListHolds, _ context: CallContext) async throws -> HoldPage {
        let size = try RetentionRules.pageSize(request.pageSize)
        let rows = try await self.store.list(
            includingReleased: request.includesReleased ?? false,
            before: try RetentionRules.position(request.pageToken), limit: size + 1,
            deadline: context.deadline)
        let page = RetentionRules.page(rows, size: size, id: \.id)
        return HoldPage(holds: page.items, nextPageToken: page.token)
    }

    /// Records the event of a change to a hold.
    private func record(
        _ hold: Hold?, in transaction: Transaction, _ context: CallContext
    ) async throws -> Hold {
        guard let hold else {
            throw DatabaseError(code: .decoding, message: "a hold came without a row")
        }
        let isReleased = hold.releasedAt != nil
        var details: [String: JSONValue] = [
            "change": .string(isReleased ? "released" : "placed"),
            "reason": .string(isReleased ? hold.releaseReason ?? "" : hold.reason),
        ]
        details["userID"] = hold.userID.map { .string($0.uuidString.lowercased()) }
        details["class"] = hold.auditClass.map { .string($0.rawValue) }
        details["from"] = hold.from.map { .number($0.timeIntervalSince1970) }
        details["to"] = hold.to.map { .number($0.timeIntervalSince1970) }
        _ = try await transaction.execute(
            try self.audit.record(
                AuditFact(
                    .auditHoldChanged, of: AuditResource("hold", hold.id), isSensitive: true,
                    payload: AuditPayload(details: .object(details))),
                in: context))
        return hold
    }
}

extension RPCError {
    /// There is no such hold.
    static let holdNotFound = RPCError(
        .notFound, reason: "audit.hold_not_found", message: "There is no such hold.")
}
