internal import AuditAPI
internal import Postgres
internal import RPC
internal import ServiceKit
internal import VaultAPI

internal import struct FoundationEssentials.Date
internal import struct FoundationEssentials.UUID

/// Answers the methods about what is said of secrets.
struct SecretHandlers: Sendable {
    let changer: SecretChanger
    let lookup: SecretLookup
    let lists: SecretListStore
    let answers: KeptAnswers
    let makers: RotationMakers

    /// Adds the methods to a table.
    func register(in methods: inout MethodTable) {
        methods.register(CreateSecret.self, handler: self.create)
        methods.register(UpdateSecret.self, handler: self.update)
        methods.register(DescribeSecret.self, handler: self.describe)
        methods.register(ListSecrets.self, handler: self.list)
        methods.register(DeleteSecret.self, handler: self.delete)
        methods.register(UndeleteSecret.self, handler: self.undelete)
    }

    @Sendable
    func create(_ request: CreateSecret, _ context: CallContext) async throws -> Secret {
        try self.changer.standing.requireOpen()
        let person = try context.requireCaller().userID
        let owner = request.ownerID ?? person
        guard owner == person || self.changer.rights.mayManage(person) else {
            throw RPCError.invalid("ownerID", "somebody else needs the permission vault:manage.")
        }
        let call = try self.answers.call(request, context)
        let database = self.changer.database
        let id = UUID.version7()
        do {
            let made = try await database.transaction(
                as: SecretStore.purpose, deadline: context.deadline
            ) { transaction in
                if let call {
                    let results = try await transaction.batch(self.answers.claim(call))
                    let kept: Secret? = try self.answers.answer(to: call, in: results)
                    if let kept { return kept }
                }
                let row = try await transaction.execute(SecretStore.clock).rows[0]
                let now = Date(microseconds: try row.get("now", as: Date.self).microseconds)
                let secret = try SecretRules.secret(
                    for: request, id: id, owner: owner, by: person, at: now
                ).authenticated(by: self.changer.rows.keyring)
                try self.makers.check(
                    secret, isManager: self.changer.rights.mayManage(person))
                let entry = try AccessEntry(
                    .write, of: id, action: .secretWritten,
                    details: ["change": .string("created"), "name": .string(secret.name)],
                    to: self.changer.audit, in: context)
                let reply = secret.described(at: now)
                var statements = [try secret.insert()]
                statements += try AccessEntry.record([entry], to: self.changer.audit)
                if let call { statements.append(try self.answers.keep(reply, of: call)) }
                _ = try await transaction.batch(statements)
                return reply
            }
            if made.id == id {
                try await self.changer.rows.keyring.acknowledge(
                    secret: id, revision: made.revision)
            }
            return made
        } catch let error as DatabaseError where error.code == .uniqueViolation {
            throw RPCError.nameTaken
        }
    }

    @Sendable
    func update(_ request: UpdateSecret, _ context: CallContext) async throws -> Secret {
        let person = try context.requireCaller().userID
        let kind = SecretChanger.Kind(
            action: .secretChanged, expectedRevision: request.expectedRevision)
        let made = try await self.changer.change(request.secretID, kind, in: context) { draft in
            let before = draft.secret
            // Who shares a secret may use it, not give it to others.
            guard self.changer.rights.mayKnow(before, person) else {
                throw ReleaseRules.Refusal(.secretNotYours, of: before.id, isTold: false)
            }
            let mayLift =
                before.createdBy != person && before.ownerID != person
                && self.changer.rights.permits("vault:destroy", person)
            try SecretRules.change(
                &draft.secret, for: request, mayLiftSecondPerson: mayLift)
            if draft.secret.rotationMethod != before.rotationMethod
                || draft.secret.rotationConfiguration != before.rotationConfiguration
            {
                try self.makers.check(
                    draft.secret, isManager: self.changer.rights.mayManage(person))
            }
            draft.details["changed"] = .array(
                draft.secret.changedFields(since: before).map(JSONValue.string))
        }
        return made.secret.described(at: made.now)
    }

    @Sendable
    func describe(_ request: DescribeSecret, _ context: CallContext) async throws -> Secret {
        let reference = SecretReference(
            secretID: request.secretID, name: request.name, ownerID: request.ownerID)
        let found = try await self.lookup.find(reference, in: context)
        return found.secret.described(at: found.now)
    }

    @Sendable
    func list(_ request: ListSecrets, _ context: CallContext) async throws -> SecretPage {
        try self.changer.standing.requireOpen()
        let person = try context.requireCaller().userID
        return try await self.lists.list(
            request, as: person, rights: self.changer.rights, in: context)
    }

    @Sendable
    func delete(_ request: DeleteSecret, _ context: CallContext) async throws -> Secret {
        let kind = SecretChanger.Kind(
            type: .delete, action: .secretDeleted, expectedRevision: request.expectedRevision,
            takesDeleted: true)
        return try await self.owned(request.secretID, kind, context) { draft in
            draft.secret.deletedAt = draft.secret.deletedAt ?? draft.now
        }
    }

    @Sendable
    func undelete(_ request: UndeleteSecret, _ context: CallContext) async throws -> Secret {
        let kind = SecretChanger.Kind(
            action: .secretChanged, expectedRevision: request.expectedRevision,
            takesDeleted: true)
        return try await self.owned(request.secretID, kind, context) { draft in
            if draft.secret.deletedAt != nil { draft.details["change"] = .string("undeleted") }
            draft.secret.deletedAt = nil
        }
    }

    /// A change that is for the owner, or who manages secrets.
    private func owned(
        _ id: UUID, _ kind: SecretChanger.Kind, _ context: CallContext,
        _ body: (inout SecretChanger.Draft) throws -> Void
    ) async throws -> Secret {
        let person = try context.requireCaller().userID
        let made = try await self.changer.change(id, kind, in: context) { draft in
            guard self.changer.rights.mayKnow(draft.secret, person) else {
                throw ReleaseRules.Refusal(.secretNotYours, of: id, isTold: false)
            }
            try body(&draft)
        }
        return made.secret.described(at: made.now)
    }
}

extension SecretRecord {
    /// The names of columns that differ, for the audit event: never what is in them.
    fileprivate func changedFields(since before: SecretRecord) -> [String] {
        let pairs: [(String, Bool)] = [
            ("name", self.name != before.name),
            ("displayName", self.displayName != before.displayName),
            ("description", self.description != before.description),
            ("metadata", self.metadata != before.metadata), ("tags", self.tags != before.tags),
            ("requiredPermission", self.requiredPermission != before.requiredPermission),
            ("isActive", self.isActive != before.isActive),
            ("isRotatable", self.isRotatable != before.isRotatable),
            ("rotationEnabled", self.rotationEnabled != before.rotationEnabled),
            ("rotationDays", self.rotationDays != before.rotationDays),
            ("expiresAt", self.expiresAt != before.expiresAt),
            ("needsSecondPerson", self.needsSecondPerson != before.needsSecondPerson),
            ("rotationMethod", self.rotationMethod != before.rotationMethod),
            (
                "rotationConfiguration",
                self.rotationConfiguration != before.rotationConfiguration
            ),
        ]
        return pairs.filter(\.1).map(\.0)
    }
}
