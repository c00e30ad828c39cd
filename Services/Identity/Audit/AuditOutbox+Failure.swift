internal import Postgres
internal import RPC
internal import ServiceKit

extension AuditOutbox {
    /// Records a failed attempt in the transaction that counts it.
    ///
    /// Where there is no room to record it the attempt is counted all the same, so that nobody
    /// guesses more often while the log is away.
    ///
    /// - Parameter count: counts the attempt, together with these statements.
    /// - Throws: `audit.outbox_full`, once the attempt is counted; what `count` throws.
    func recordFailure(
        _ fact: AuditFact, in context: CallContext,
        counting count: (_ recording: [SQL]) async throws -> Void
    ) async throws {
        let event: SQL
        do {
            event = try self.record(fact, in: context)
        } catch {
            try await count([])
            throw error
        }
        try await count([event])
    }
}
