internal import AuditAPI
internal import Postgres
internal import RPC
internal import ServiceKit

/// Records in the log that somebody reads it: once for each call, and committed before anything is
/// given out.
struct ReadRecorder: Sendable {
    let outbox: AuditOutbox
    let database: Database

    /// Records a reading.
    ///
    /// - Parameters:
    ///   - resource: what is read.
    ///   - details: which part of it.
    /// - Throws: `audit.outbox_full` or what the database throws, and then nothing may be given
    ///   out.
    func record(
        _ resource: AuditResource, _ details: [String: JSONValue] = [:],
        in context: CallContext
    ) async throws {
        let payload = AuditPayload(details: details.isEmpty ? nil : .object(details))
        try await self.outbox.commit(
            AuditFact(.auditRead, of: resource, isSensitive: true, payload: payload),
            in: context, to: self.database)
    }

    /// Records that somebody asked for more than they may.
    func recordDenial(_ refusal: RPCError, in context: CallContext) async throws {
        try await self.outbox.commit(
            AuditFact(
                .accessDenied, outcome: .denied, reason: refusal.reason, priority: .denial),
            in: context, to: self.database)
    }
}

extension AuditResource {
    /// The log.
    static let auditLog = AuditResource("audit_log")
    /// What is reported of people.
    static let activity = AuditResource("activity")
}
