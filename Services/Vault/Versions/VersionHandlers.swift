internal import AuditAPI
internal import Postgres
internal import RPC
internal import SecretFormat
internal import ServiceKit
internal import VaultAPI

internal import struct FoundationEssentials.Date
internal import struct FoundationEssentials.UUID

/// Answers the methods about versions.
struct VersionHandlers: Sendable {
    let changer: SecretChanger
    let lookup: SecretLookup
    let versions: VersionStore
    let writer: VersionWriter

    /// Adds the methods to a table.
    func register(in methods: inout MethodTable) {
        methods.register(PutSecretVersion.self, handler: self.put)
        methods.register(ListSecretVersions.self, handler: self.list)
        methods.register(MoveSecretLabel.self, handler: self.move)
        methods.register(DeleteSecretVersion.self, handler: self.delete)
        methods.register(UndeleteSecretVersion.self, handler: self.undelete)
    }

    @Sendable
    func put(_ request: PutSecretVersion, _ context: CallContext) async throws -> SecretVersion {
        let person = try context.requireCaller().userID
        let label = request.label ?? .current
        guard [.current, .pending].contains(label) else {
            throw RPCError.invalid("label", "current or pending.")
        }
        let reason = try request.reason.map { try FieldRules.text($0, "reason", limit: 500) }
        let sealed = try VersionWriter.sealed(
            request, vaultID: self.changer.rows.keyring.vaultID,
            producer: person.uuidString.lowercased())
        let kind = SecretChanger.Kind(action: .secretWritten, version: request.number)
        let made = try await self.changer.change(request.secretID, kind, in: context) { draft in
            draft.details["label"] = .string(label.rawValue)
            return try await self.writer.put(
                sealed, label: label, reason: reason, by: person, in: &draft)
        }
        return made.answer.described(of: made.secret)
    }

    @Sendable
    func list(
        _ request: ListSecretVersions, _ context: CallContext
    ) async throws -> SecretVersionPage {
        let size = try FieldRules.pageSize(request.pageSize)
        let before = try FieldRules.position(request.pageToken, partCount: 1).map { parts in
            guard let number = Int64(parts[0]) else {
                throw RPCError.invalid("pageToken", "it is not of this list.")
            }
            return number
        }
        let secret = try await self.lookup.find(
            SecretReference(secretID: request.secretID), in: context
        ).secret
        let rows = try await self.versions.list(
            secret.id, before: before, limit: size + 1, deadline: context.deadline)
        let kept = rows.prefix(size)
        let last = rows.count > size ? kept.last : nil
        return SecretVersionPage(
            versions: kept.map { $0.described(of: secret) },
            nextPageToken: last.map { PageCursor(["\($0.number)"]).text })
    }

    @Sendable
    func move(_ request: MoveSecretLabel, _ context: CallContext) async throws -> Secret {
        let kind = SecretChanger.Kind(
            action: .secretRotated, version: request.version,
            expectedRevision: request.expectedRevision)
        let made = try await self.changer.change(request.secretID, kind, in: context) { draft in
            draft.details["label"] = .string(request.label.rawValue)
            guard let version = request.version else {
                guard request.label == .pending else {
                    throw RPCError.invalid("version", "only pending can be taken away.")
                }
                draft.secret.pendingVersion = nil
                return
            }
            try Self.requireLive(version, of: draft.secret)
            switch request.label {
            case .current: draft.secret.makeCurrent(version, at: draft.now)
            case .pending where draft.secret.currentVersion != version:
                draft.secret.pendingVersion = version
            case .pending: throw RPCError.versionIsCurrent
            default: throw RPCError.invalid("label", "current or pending.")
            }
        }
        return made.secret.described(at: made.now)
    }

    @Sendable
    func delete(_ request: DeleteSecretVersion, _ context: CallContext) async throws -> Secret {
        let kind = SecretChanger.Kind(
            type: .delete, action: .secretDeleted, version: request.version,
            expectedRevision: request.expectedRevision)
        let made = try await self.changer.change(request.secretID, kind, in: context) { draft in
            guard draft.secret.state(of: request.version) != .deleted else { return }
            try Self.requireLive(request.version, of: draft.secret)
            guard draft.secret.currentVersion != request.version else {
                throw RPCError.versionIsCurrent
            }
            draft.secret.unlabel(request.version)
            draft.secret.deletedVersions.append(request.version)
        }
        return made.secret.described(at: made.now)
    }

    @Sendable
    func undelete(
        _ request: UndeleteSecretVersion, _ context: CallContext
    ) async throws -> Secret {
        let kind = SecretChanger.Kind(
            action: .secretChanged, version: request.version,
            expectedRevision: request.expectedRevision)
        let made = try await self.changer.change(request.secretID, kind, in: context) { draft in
            draft.details["change"] = .string("undeleted")
            let state = draft.secret.state(of: request.version)
            guard state == .deleted else {
                return try Self.requireLive(request.version, of: draft.secret)
            }
            draft.secret.deletedVersions.removeAll { $0 == request.version }
        }
        return made.secret.described(at: made.now)
    }

    private static func requireLive(_ version: Int64, of secret: SecretRecord) throws {
        guard version >= 1, version <= secret.latestVersion else {
            throw RPCError.versionMissing
        }
        switch secret.state(of: version) {
        case .destroyed: throw RPCError.secretDestroyed
        case .deleted: throw RPCError.secretDeleted
        default: return
        }
    }
}
