internal import AuditAPI
internal import Postgres
internal import RPC
internal import ServiceKit
internal import VaultAPI

internal import struct FoundationEssentials.Date
internal import struct FoundationEssentials.UUID

/// Answers the methods that destroy.
///
/// The rows are emptied and the event is committed first, then the keys go: whoever is interrupted
/// in between asks again, and a start does what is left.
struct DestructionHandlers: Sendable {
    let changer: SecretChanger

    /// How long a second person may think, in seconds.
    private static let patience: Int64 = 7 * 86_400

    /// Adds the methods to a table.
    func register(in methods: inout MethodTable) {
        methods.register(DestroySecret.self, handler: self.destroy)
        methods.register(ApproveDestruction.self, handler: self.approve)
        methods.register(ListDestructions.self, handler: self.list)
    }

    @Sendable
    func destroy(_ request: DestroySecret, _ context: CallContext) async throws -> Destruction {
        let person = try context.requireCaller().userID
        let reason = try FieldRules.text(request.reason, "reason", limit: 1_000)
        let made = try await self.changer.change(
            request.secretID, Self.kind(request.version), in: context
        ) { draft in
            try self.requireOwn(draft.secret, person)
            if let version = request.version, version < 1 || version > draft.secret.latestVersion {
                throw RPCError.versionMissing
            }
            let last: DestructionRecord? = try await draft.transaction.execute(
                DestructionRecord.last(of: draft.secret.id, version: request.version)
            ).decodeFirst()
            if let last, last.doneAt != nil || last.waits(at: draft.now) { return last }
            let needsSecond = draft.secret.needsSecondPerson
            var record = DestructionRecord(
                id: .version7(), secretID: draft.secret.id, version: request.version,
                reason: reason, requestedBy: person, requestedAt: draft.now,
                expiresAt: needsSecond
                    ? Date(microseconds: draft.now.microseconds + Self.patience * 1_000_000) : nil)
            draft.details["reason"] = .string(reason)
            if needsSecond {
                draft.details["change"] = .string("requested")
            } else {
                record.doneAt = draft.now
                Self.empty(&draft, request.version)
            }
            record = try record.authenticated(by: self.changer.rows.keyring)
            draft.statements.append(record.insert)
            return record
        }
        return try await self.finish(made.answer)
    }

    @Sendable
    func approve(
        _ request: ApproveDestruction, _ context: CallContext
    ) async throws -> Destruction {
        let person = try context.requireCaller().userID
        let asked: DestructionRecord? = try await self.changer.database.read(
            """
            SELECT \(fragment: DestructionRecord.columns) FROM vault.destructions AS d
            WHERE d.id = \(request.id)
            """,
            as: SecretStore.purpose, deadline: context.deadline
        ).decodeFirst()
        guard let asked else { throw RPCError.destructionNotFound }
        let made = try await self.changer.change(
            asked.secretID, Self.kind(asked.version), in: context
        ) { draft in
            let found: DestructionRecord? = try await draft.transaction.execute(
                DestructionRecord.lock(request.id)
            ).decodeFirst()
            guard var record = found,
                try record.isAuthentic(to: self.changer.rows.keyring)
            else { throw RPCError.tampered }
            if record.doneAt != nil { return record }
            guard record.waits(at: draft.now) else { throw RPCError.destructionNotFound }
            guard record.requestedBy != person else { throw RPCError.needsSecondPerson }
            record.approvedBy = person
            record.doneAt = draft.now
            record = try record.authenticated(by: self.changer.rows.keyring)
            draft.details["reason"] = .string(record.reason)
            draft.details["requestedBy"] = .string(record.requestedBy.uuidString.lowercased())
            Self.empty(&draft, record.version)
            draft.statements.append(record.update)
            return record
        }
        return try await self.finish(made.answer)
    }

    @Sendable
    func list(
        _ request: ListDestructions, _ context: CallContext
    ) async throws -> DestructionPage {
        try self.changer.standing.requireOpen()
        let person = try context.requireCaller().userID
        let size = try FieldRules.pageSize(request.pageSize)
        var condition: SQL = "true"
        if !self.changer.rights.mayManage(person) {
            condition += """
                 AND EXISTS (SELECT FROM vault.secrets AS s
                    WHERE s.id = d.secret_id AND s.owner_id = \(person))
                """
        }
        if request.includesDone != true {
            condition += " AND d.done_at IS NULL AND d.expires_at > clock_timestamp()"
        }
        if let parts = try FieldRules.position(request.pageToken, partCount: 1) {
            guard let id = UUID(uuidString: parts[0]) else {
                throw RPCError.invalid("pageToken", "it is not of this list.")
            }
            condition += " AND d.id < \(id)"
        }
        let rows: [DestructionRecord] = try await self.changer.database.query(
            """
            SELECT \(fragment: DestructionRecord.columns) FROM vault.destructions AS d
            WHERE \(fragment: condition) ORDER BY d.id DESC LIMIT \(size + 1)
            """,
            as: SecretStore.purpose, deadline: context.deadline
        ).decode()
        let kept = rows.prefix(size)
        let last = rows.count > size ? kept.last : nil
        return DestructionPage(
            destructions: kept.map(\.described),
            nextPageToken: last.map { PageCursor([$0.id.uuidString]).text })
    }

    /// Destroys the keys of what is marked destroyed.
    private func finish(_ record: DestructionRecord) async throws -> Destruction {
        if record.doneAt != nil {
            try await self.changer.rows.keyring.destroy(
                secret: record.secretID, versions: record.version.map { [$0] } ?? [],
                wholeSecret: record.version == nil)
        }
        return record.described
    }

    private func requireOwn(_ secret: SecretRecord, _ person: UUID) throws {
        guard self.changer.rights.mayKnow(secret, person) else {
            throw ReleaseRules.Refusal(.secretNotYours, of: secret.id, isTold: false)
        }
    }

    private static func kind(_ version: Int64?) -> SecretChanger.Kind {
        SecretChanger.Kind(
            type: .delete, action: .secretDestroyed, version: version, takesDestroyed: true,
            takesDeleted: true)
    }

    /// Marks a secret or a version destroyed, and takes out of the rows what is sealed.
    private static func empty(_ draft: inout SecretChanger.Draft, _ version: Int64?) {
        draft.details["change"] = .string("destroyed")
        if let version {
            draft.secret.unlabel(version)
            draft.secret.deletedVersions.removeAll { $0 == version }
            if !draft.secret.destroyedVersions.contains(version) {
                draft.secret.destroyedVersions.append(version)
            }
        } else {
            draft.secret.destroyedAt = draft.secret.destroyedAt ?? draft.now
            draft.secret.currentVersion = nil
            draft.secret.previousVersion = nil
            draft.secret.pendingVersion = nil
            draft.secret.nextRotationAt = nil
        }
        draft.statements.append(VersionStore.empty(draft.secret.id, version))
    }
}
