internal import Postgres
internal import RPC
internal import SecretFormat
internal import ServiceKit
internal import VaultAPI

internal import struct FoundationEssentials.Data
internal import struct FoundationEssentials.Date
internal import struct FoundationEssentials.UUID

/// Adds versions to secrets.
struct VersionWriter: Sendable {
    let keyring: Keyring

    /// What a caller has sealed, with the lengths that it must have.
    ///
    /// - Throws: `vault.seal_invalid`.
    static func sealed(
        _ request: PutSecretVersion, vaultID: UUID, producer: String
    ) throws -> SealedVersion {
        do {
            return try SealedVersion(
                context: SecretContext(
                    suite: request.suite, vaultID: vaultID, ownerID: request.ownerID,
                    secretID: request.secretID, version: request.number,
                    secretType: request.type.rawValue, producer: producer),
                keyID: Array(request.keyID), sealedKey: Array(request.sealedKey),
                ciphertext: Array(request.ciphertext), commitment: Array(request.commitment))
        } catch {
            throw error.sealError
        }
    }

    /// What a hook or a peer has sealed, in the same way.
    ///
    /// - Throws: `vault.seal_invalid`.
    static func sealed(
        _ value: SealedSecretValue, for target: SealingTarget, vaultID: UUID
    ) throws -> SealedVersion {
        do {
            return try SealedVersion(
                context: SecretContext(
                    suite: value.suite, vaultID: vaultID, ownerID: target.ownerID,
                    secretID: target.secretID, version: target.nextVersion,
                    secretType: target.type.rawValue, producer: target.producer),
                keyID: Array(value.keyID), sealedKey: Array(value.sealedKey),
                ciphertext: Array(value.ciphertext), commitment: Array(value.commitment))
        } catch {
            throw error.sealError
        }
    }

    /// Adds a version to a secret that is locked: the next one, and no other.
    ///
    /// A version that is there already, as it is, is left alone.
    ///
    /// - Parameter person: who puts it; `nil` for the vault itself.
    /// - Throws: `vault.version_conflict`, `vault.seal_invalid`, what the keyring throws.
    func put(
        _ sealed: SealedVersion, label: SecretLabel, reason: String?, by person: UUID?,
        in draft: inout SecretChanger.Draft
    ) async throws -> VersionRecord {
        let number = sealed.context.version
        let secret = draft.secret
        guard sealed.context.ownerID == secret.ownerID,
            sealed.context.secretType == secret.type.rawValue
        else { throw RPCError.sealInvalid("it is for another owner or type.") }
        if number <= secret.latestVersion {
            let found: VersionRecord? = try await draft.transaction.execute(
                VersionStore.version(secret.id, number)
            ).decodeFirst()
            guard let found, found.commitment == sealed.commitment else {
                throw RPCError.versionConflict(latest: secret.latestVersion)
            }
            return found
        }
        guard number == secret.latestVersion + 1 else {
            throw RPCError.versionConflict(latest: secret.latestVersion)
        }
        guard secret.isRotatable || secret.latestVersion == 0 else {
            throw RPCError.notRotatable
        }
        let record = try self.record(sealed, reason: reason, by: person, at: draft.now)
        // No epoch is destroyed between this and the end of the transaction.
        _ = try await draft.transaction.execute(VersionStore.shareEpochs)
        try await self.keyring.addDestructionKey(secret: secret.id, version: number)
        let wrapped: WrappedKey
        do {
            wrapped = try self.keyring.accept(
                sealed.sealedKey, keyID: sealed.keyID, context: sealed.context,
                commitment: sealed.commitment)
        } catch let error as SecretFormatError {
            throw error.sealError
        }
        draft.statements.append(
            VersionStore.insert(record, wrapped: wrapped, ciphertext: sealed.ciphertext))
        draft.secret.latestVersion = number
        if label == .current {
            draft.secret.makeCurrent(number, at: draft.now)
        } else {
            draft.secret.pendingVersion = number
        }
        return record
    }

    private func record(
        _ sealed: SealedVersion, reason: String?, by person: UUID?, at now: Date
    ) throws -> VersionRecord {
        try VersionRecord(
            id: .version7(), secretID: sealed.context.secretID, number: sealed.context.version,
            ownerID: sealed.context.ownerID, type: sealed.context.secretType,
            producer: sealed.context.producer, suite: sealed.context.suite,
            epochKeyID: sealed.keyID,
            ciphertextHash: SealedVersion.hash(ofCiphertext: sealed.ciphertext),
            commitment: sealed.commitment, byteCount: Int64(sealed.ciphertext.count),
            createdBy: person, rotationReason: reason, createdAt: now
        ).authenticated(by: self.keyring)
    }
}
