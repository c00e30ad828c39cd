internal import AuditAPI
internal import RPC
internal import ServiceKit
internal import VaultAPI

internal import struct FoundationEssentials.Date
internal import struct FoundationEssentials.UUID

/// Finds a secret for somebody who wants to see what is said of it.
struct SecretLookup: Sendable {
    let store: SecretStore
    let rows: RowGuard
    let alarm: TamperAlarm
    let rights: Rights
    let recorder: AccessRecorder
    let audit: AuditOutbox
    let standing: VaultStanding

    /// What was found.
    struct Found: Sendable {
        let secret: SecretRecord
        let now: Date
    }

    /// Finds a secret that the caller may use; attempts at others are recorded.
    ///
    /// - Parameter mustKnow: whether it is for the owner and who manages secrets alone.
    /// - Throws: ``RPCError/secretUnavailable`` whether it is missing or not the caller's to use.
    func find(
        _ reference: SecretReference, mustKnow: Bool = false, in context: CallContext
    ) async throws -> Found {
        try self.standing.requireOpen()
        let person = try context.requireCaller().userID
        var question = try reference.question(of: person)
        let before = question.id.flatMap(self.rows.keyring.revision(of:))
        let (answer, known) = try await self.store.settled(
            try await self.store.find([question], deadline: context.deadline)[0], question,
            known: before, by: self.rows.keyring, deadline: context.deadline)
        // A decoy goes the same way, so that time does not tell what is there.
        let secret = answer.secret
        let finding = try self.rows.finding(secret, known: known)
        let isAllowed =
            mustKnow
            ? self.rights.mayKnow(secret, person) : self.rights.mayUse(secret, person)
        if answer.isThere { question.id = secret.id }
        if !answer.isThere, known != nil, let id = question.id {
            try await self.alarm.raise(
                .init(kind: "secret", id: id, version: nil, what: .missing), in: context)
        }
        guard answer.isThere, isAllowed else {
            throw try await self.refused(question, .secretUnavailable, context)
        }
        guard finding == .genuine else {
            try await self.alarm.raise(
                .init(kind: "secret", id: secret.id, version: nil, what: finding), in: context)
            throw try await self.refused(question, .tampered, context)
        }
        return Found(secret: secret, now: answer.now)
    }

    private func refused(
        _ question: SecretStore.Question, _ error: RPCError, _ context: CallContext
    ) async throws -> RPCError {
        try await self.recorder.record([
            try AccessEntry(
                .read, of: question.id, action: .secretRead, refusal: error.reason,
                details: ["isDescription": .boolean(true)], to: self.audit, in: context)
        ])
        return error
    }
}
