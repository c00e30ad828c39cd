internal import AuditAPI
internal import Postgres
internal import RPC
internal import SecretFormat
internal import VaultAPI

internal import struct FoundationEssentials.UUID

/// Gives secrets their next random value.
struct SecretRotation: Sendable {
    let changer: SecretChanger
    let writer: VersionWriter

    /// Who has sealed what the vault has made itself.
    static let producer = "vault"

    /// Makes and puts the next value of a secret that is locked; it is current at once.
    func rotate(
        _ draft: inout SecretChanger.Draft, reason: String?
    ) async throws {
        let secret = draft.secret
        guard secret.rotationMethod == .random, secret.isRotatable else {
            throw RPCError.notRotatable
        }
        let key = self.changer.rows.keyring.sealingKey
        let value = try RandomText(secret.rotationConfiguration, for: secret.type).value()
        let sealed = try SealedVersion(
            sealing: value,
            as: SecretContext(
                vaultID: key.vaultID, ownerID: secret.ownerID, secretID: secret.id,
                version: secret.latestVersion + 1, secretType: secret.type.rawValue,
                producer: Self.producer),
            with: key, identity: self.changer.rows.keyring.identity)
        draft.details["method"] = .string(secret.rotationMethod.rawValue)
        draft.details["version"] = .integer(secret.latestVersion + 1)
        _ = try await self.writer.put(
            sealed, label: .current, reason: reason, by: nil, in: &draft)
    }

    /// Rotates a secret whose time has come, for nobody.
    func rotateDue(_ id: UUID) async throws {
        _ = try await self.changer.commit(
            id, SecretChanger.Kind(action: .secretRotated), as: EpochStore.purpose,
            deadline: .now + .seconds(30), in: nil
        ) { draft in
            guard draft.secret.needsRotation(at: draft.now), draft.secret.rotationEnabled,
                draft.secret.deletedAt == nil, draft.secret.destroyedAt == nil
            else { return }
            try await self.rotate(&draft, reason: "rotation was due")
        }
    }
}
