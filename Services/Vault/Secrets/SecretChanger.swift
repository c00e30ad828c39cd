internal import AuditAPI
internal import Postgres
internal import RPC
internal import ServiceKit
internal import VaultAPI

internal import struct FoundationEssentials.Date
internal import struct FoundationEssentials.UUID

/// Changes secrets: the row is locked and checked, the change is committed with its MAC, its
/// entry in the access log and its audit event, and then the keyring is told of the new revision.
struct SecretChanger: Sendable {
    let database: Database
    let rows: RowGuard
    let alarm: TamperAlarm
    let rights: Rights
    let recorder: AccessRecorder
    let audit: AuditOutbox
    let standing: VaultStanding

    /// What a change is, for the records.
    struct Kind: Sendable {
        var type: SecretAccessType = .write
        var action: AuditAction
        var version: Int64?
        var expectedRevision: Int64?
        /// Whether it may be made to a secret that was destroyed.
        var takesDestroyed = false
        /// Whether it may be made to a secret that is deleted.
        var takesDeleted = false
    }

    /// A secret that is being changed.
    struct Draft {
        var secret: SecretRecord
        /// The database's time.
        let now: Date
        let transaction: Transaction
        /// What the audit event says of the change; never a value.
        var details: [String: JSONValue] = [:]
        /// What else is written with it.
        var statements: [SQL] = []
    }

    /// Changes a secret on behalf of somebody who may use it.
    ///
    /// A change that leaves the row as it is, and adds no statement, is none and is not recorded.
    ///
    /// - Throws: what `body` throws; ``RPCError/secretUnavailable`` to who may not use it.
    func change<Answer: Sendable>(
        _ id: UUID, _ kind: Kind, in context: CallContext,
        _ body: (inout Draft) async throws -> Answer
    ) async throws -> (answer: Answer, secret: SecretRecord, now: Date) {
        try self.standing.requireOpen()
        let person = try context.requireCaller().userID
        do {
            try await self.look(id, kind, by: person, in: context)
            return try await self.commit(
                id, kind, as: SecretStore.purpose, deadline: context.deadline, in: context
            ) { draft in
                guard self.rights.mayUse(draft.secret, person) else {
                    throw ReleaseRules.Refusal(.secretUnavailable, of: id, isTold: true)
                }
                try Self.check(
                    draft.secret, kind, isTold: self.rights.mayKnow(draft.secret, person))
                if let expected = kind.expectedRevision, expected != draft.secret.revision {
                    throw RPCError.revisionConflict
                }
                return try await body(&draft)
            }
        } catch let refusal as ReleaseRules.Refusal {
            try await self.record(refusal, of: id, kind, in: context)
            throw refusal.told
        }
    }

    /// Looks before anything is locked, as readings look: whoever may not use a secret hears the
    /// same after the same work, whether it is there or not, and waits for nobody who changes it.
    ///
    /// - Throws: ``ReleaseRules/Refusal``.
    private func look(
        _ id: UUID, _ kind: Kind, by person: UUID, in context: CallContext
    ) async throws {
        let known = self.rows.keyring.revision(of: id)
        let answer = try await SecretStore(database: self.database).find(
            [SecretStore.Question(id: id)], deadline: context.deadline)[0]
        // The MAC and the rights of a decoy are worked out too.
        let secret = answer.secret
        var finding = try self.rows.finding(secret, known: known)
        let mayUse = self.rights.mayUse(secret, person)
        let mayKnow = self.rights.mayKnow(secret, person)
        if !answer.isThere { finding = known == nil ? .genuine : .missing }
        guard finding == .genuine else {
            try await self.alarm.raise(
                .init(kind: "secret", id: id, version: nil, what: finding), in: context)
            throw ReleaseRules.Refusal(
                .tampered, of: id, isTold: answer.isThere && (mayUse || mayKnow))
        }
        guard answer.isThere, mayUse else {
            throw ReleaseRules.Refusal(.secretUnavailable, of: id, isTold: true)
        }
        try Self.check(secret, kind, isTold: mayKnow)
    }

    /// Changes a secret for a caller whose right was checked, or for the vault itself.
    ///
    /// - Throws: what `body` throws; ``ReleaseRules/Refusal`` for a secret that is not there or
    ///   not what the vault wrote last.
    func commit<Answer: Sendable>(
        _ id: UUID, _ kind: Kind, as purpose: DatabaseIdentity,
        deadline: ContinuousClock.Instant?, in context: CallContext?,
        _ body: (inout Draft) async throws -> Answer
    ) async throws -> (answer: Answer, secret: SecretRecord, now: Date) {
        let known = self.rows.keyring.revision(of: id)
        let made = try await self.database.transaction(as: purpose, deadline: deadline) {
            transaction in
            let results = try await transaction.batch([
                SecretStore.lock(id), SecretStore.clock,
            ])
            let now: Date = try results[1].rows[0].get("now")
            let found: SecretRecord? = try results[0].decodeFirst()
            let secret = try await self.genuine(found, id, known: known, context)
            var draft = Draft(
                secret: secret, now: Date(microseconds: now.microseconds),
                transaction: transaction)
            let answer = try await body(&draft)
            let changed = try await self.store(draft, over: secret, kind, in: context)
            return (answer, changed, draft.now)
        }
        try await self.rows.acknowledge(made.1)
        return made
    }

    /// Refuses what cannot be changed any more.
    private static func check(_ secret: SecretRecord, _ kind: Kind, isTold: Bool) throws {
        if secret.destroyedAt != nil, !kind.takesDestroyed {
            throw ReleaseRules.Refusal(.secretDestroyed, of: secret.id, isTold: isTold)
        }
        if secret.deletedAt != nil, !kind.takesDeleted {
            throw ReleaseRules.Refusal(.secretDeleted, of: secret.id, isTold: isTold)
        }
    }

    private func genuine(
        _ found: SecretRecord?, _ id: UUID, known: Int64?, _ context: CallContext?
    ) async throws -> SecretRecord {
        let finding = try found.map { try self.rows.finding($0, known: known) }
        if let found, finding == .genuine { return found }
        if found == nil, known == nil {
            try self.rows.pretend()
            throw ReleaseRules.Refusal(.secretUnavailable, of: id, isTold: true)
        }
        try await self.alarm.raise(
            .init(kind: "secret", id: id, version: nil, what: finding ?? .missing), in: context)
        let isTold = try found.map { secret in
            try self.rights.mayUse(secret, context?.requireCaller().userID ?? secret.ownerID)
        }
        throw ReleaseRules.Refusal(.tampered, of: id, isTold: isTold ?? false)
    }

    /// Writes the row, if it is another one now.
    private func store(
        _ draft: Draft, over before: SecretRecord, _ kind: Kind, in context: CallContext?
    ) async throws -> SecretRecord {
        var secret = draft.secret
        let isChanged = secret != before
        guard isChanged || !draft.statements.isEmpty else { return before }
        var statements = draft.statements
        if isChanged {
            secret.revision = before.revision + 1
            secret.updatedAt = draft.now
            secret = try secret.authenticated(by: self.rows.keyring)
            statements.append(try secret.update())
        }
        let entry = try AccessEntry(
            kind.type, of: secret.id, version: kind.version, action: kind.action,
            details: draft.details, to: self.audit, in: context)
        statements += try AccessEntry.record([entry], to: self.audit)
        do {
            _ = try await draft.transaction.batch(statements)
        } catch let error as DatabaseError where error.code == .uniqueViolation {
            throw RPCError.nameTaken
        }
        return secret
    }

    /// Records an attempt that was refused, on its own, because its transaction is undone.
    private func record(
        _ refusal: ReleaseRules.Refusal, of id: UUID, _ kind: Kind, in context: CallContext
    ) async throws {
        try await self.recorder.record([
            try AccessEntry(
                kind.type, of: id, version: kind.version, action: kind.action,
                refusal: refusal.reason, to: self.audit, in: context)
        ])
    }
}
