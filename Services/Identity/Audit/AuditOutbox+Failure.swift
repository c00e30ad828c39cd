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
        let events = try await self.recordAttempt {
            [try self.record(fact, in: context)]
        } counting: {
            try await count([])
        }
        try await count(events)
    }

    /// Makes the statements that record an attempt, or counts it as failed where there is no room:
    /// right or wrong, it then costs the same and has the same answer.
    ///
    /// - Throws: `audit.outbox_full`, once the attempt is counted; what `count` throws.
    func recordAttempt(
        _ record: () throws -> [SQL], counting count: () async throws -> Void
    ) async throws -> [SQL] {
        do {
            return try record()
        } catch {
            try await count()
            throw error
        }
    }
}
