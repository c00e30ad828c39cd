internal import AuditAPI
internal import Postgres
internal import RPC
internal import ServiceKit

/// Answers the methods about how long what is kept.
struct RetentionHandlers: Sendable {
    let store: RetentionStore
    let audit: AuditOutbox

    /// Adds the methods to a table.
    func register(in methods: inout MethodTable) {
        methods.register(ListRetention.self, handler: self.list)
        methods.register(SetRetention.self, handler: self.set)
    }

    @Sendable
    func list(_ request: ListRetention, _ context: CallContext) async throws -> RetentionList {
        RetentionList(retentions: try await self.store.list(deadline: context.deadline))
    }

    @Sendable
    func set(_ request: SetRetention, _ context: CallContext) async throws -> RetentionSetting {
        let caller = try context.requireCaller().userID
        let chosen = try RetentionRules.known(request.retentionClass, "retentionClass")
        guard SetRetention.dayRange.contains(request.days) else {
            throw RPCError.invalid("days", "1 to 36500.")
        }
        return try await self.store.database.transaction(
            as: RetentionStore.purpose, deadline: context.deadline
        ) { transaction in
            let result = try await transaction.execute(
                RetentionStore.set(chosen, days: request.days, by: caller))
            guard let row = result.rows.first else {
                throw DatabaseError(code: .decoding, message: "audit.retention lacks \(chosen)")
            }
            let before = Int64(try row.get("old_days", as: Int32.self))
            if before != Int64(request.days) {
                let change = JSONValue.array([.integer(before), .integer(Int64(request.days))])
                _ = try await transaction.execute(
                    try self.audit.record(
                        AuditFact(
                            .settingChanged, of: AuditResource("retention", chosen.rawValue),
                            payload: AuditPayload(changes: .object(["days": change]))),
                        in: context))
            }
            return try RetentionSetting(row: row)
        }
    }
}
