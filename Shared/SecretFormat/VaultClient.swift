package import RPC
package import Sodium
package import VaultAPI

package import struct FoundationEssentials.Data
package import struct FoundationEssentials.UUID

/// Puts values into a vault and gets them from it: what is secret is sealed and opened on this
/// side, in memory that is locked and wiped.
///
///     let vault = VaultClient(client: client, options: CallOptions(token: token))
///     try await vault.put(value, into: secretID)
///     let opened = try await vault.get(SecretReference(secretID: secretID))
package struct VaultClient: Sendable {
    private let asker: any VaultAsker
    /// The identity that the vault is known by; `nil` where none is known.
    private let identity: [UInt8]?

    /// A value with what it is.
    package struct Opened: ~Copyable {
        /// The value; wiped when it goes.
        package let value: SecretBytes
        /// What it was sealed for.
        package let context: SecretContext
        /// The identity of the vault that released it.
        package let identity: [UInt8]
    }

    /// Asks a vault.
    ///
    /// - Parameter identity: what it must be known by; `nil` where the connection alone tells.
    package init(asker: any VaultAsker, identity: [UInt8]? = nil) {
        self.asker = asker
        self.identity = identity
    }

    /// Asks a vault through a client.
    package init(client: RPCClient, options: CallOptions, identity: [UInt8]? = nil) {
        self.init(asker: ClientAsker(client: client, options: options), identity: identity)
    }

    /// Seals a value for the next version of a secret and puts it.
    ///
    /// - Parameters:
    ///   - after: the latest version as the caller knows it: a later one makes the vault refuse.
    ///     `nil` puts the value behind whatever is there.
    ///   - label: current or pending.
    /// - Throws: what the vault refuses with; ``SecretFormatError``; `SodiumError`.
    @discardableResult
    package func put(
        _ value: borrowing SecretBytes, into secretID: UUID, after: Int64? = nil,
        label: SecretLabel = .current, reason: String? = nil
    ) async throws -> SecretVersion {
        var attempt = 0
        while true {
            let request = try await self.sealed(
                value, for: secretID, after: after, label: label, reason: reason)
            do {
                return try await self.asker.ask(request)
            } catch let error as RPCError
                where error.reason == "vault.version_conflict" && after == nil
                && attempt < Self.attemptLimit
            {
                attempt += 1
            }
        }
    }

    /// Gets a version and opens it.
    ///
    /// - Parameters:
    ///   - toolID: the tool it is for.
    ///   - purpose: what it is for, at most 500 characters.
    /// - Throws: what the vault refuses with; ``SecretFormatError`` if the answer is not what was
    ///   asked for; `SodiumError`.
    package func get(
        _ reference: SecretReference, toolID: UUID? = nil, purpose: String? = nil
    ) async throws -> Opened {
        let reader = try ReaderKeyPair()
        let release = try await self.asker.ask(
            GetSecret(
                secretID: reference.secretID, name: reference.name, ownerID: reference.ownerID,
                version: reference.version, label: reference.label,
                readerKey: Data(reader.publicKey.bytes), requestID: Data(reader.requestID),
                toolID: toolID, purpose: purpose))
        let secret = ReleasedSecret(release)
        let value = try reader.open(secret, identity: self.identity)
        let context = secret.version.context
        guard reference.secretID ?? context.secretID == context.secretID,
            reference.version ?? context.version == context.version,
            reference.ownerID ?? context.ownerID == context.ownerID
        else { throw SecretFormatError.otherContext }
        return Opened(value: value, context: context, identity: secret.key.identity)
    }

    /// How often somebody else may be quicker.
    private static let attemptLimit = 8

    private func sealed(
        _ value: borrowing SecretBytes, for secretID: UUID, after: Int64?, label: SecretLabel,
        reason: String?
    ) async throws -> PutSecretVersion {
        let reply = try await self.asker.ask(GetSealingKey(secretID: secretID))
        guard let target = reply.target, target.secretID == secretID else {
            throw SecretFormatError.otherContext
        }
        let number = after.map { $0 + 1 } ?? target.nextVersion
        let sealed = try SealedVersion(
            sealing: value,
            as: SecretContext(
                vaultID: reply.key.vaultID, ownerID: target.ownerID, secretID: secretID,
                version: number, secretType: target.type.rawValue, producer: target.producer),
            with: SealingKey(reply.key), identity: self.identity)
        return PutSecretVersion(
            secretID: secretID, number: number, type: target.type, ownerID: target.ownerID,
            suite: sealed.context.suite, sealedKey: Data(sealed.sealedKey),
            keyID: Data(sealed.keyID), ciphertext: Data(sealed.ciphertext),
            commitment: Data(sealed.commitment), label: label, reason: reason)
    }
}

/// Asks a vault: with the token, the time limits and the address that the caller has.
package protocol VaultAsker: Sendable {
    /// Calls a method once.
    func ask<M: UnaryMethod>(_ request: M) async throws -> M.Reply
}

/// Asks through a client, always in the same way.
private struct ClientAsker: VaultAsker {
    let client: RPCClient
    let options: CallOptions

    func ask<M: UnaryMethod>(_ request: M) async throws -> M.Reply {
        try await self.client.call(request, options: self.options)
    }
}

extension SealingKey {
    /// Takes a key as the vault's answer has it; it is checked before use.
    package init(_ key: PublicSealingKey) {
        self.init(
            vaultID: key.vaultID, number: key.epoch, publicKey: Array(key.publicKey),
            identity: Array(key.identityKey), signature: Array(key.signature))
    }
}

extension ReleasedSecret {
    /// Takes a release as the vault's answer has it; it is checked when it is opened.
    package init(_ release: SecretRelease) {
        self.init(
            version: Version(
                context: SecretContext(
                    suite: release.suite, vaultID: release.vaultID, ownerID: release.ownerID,
                    secretID: release.secretID, version: release.version,
                    secretType: release.type.rawValue, producer: release.producer),
                ciphertext: Array(release.ciphertext), commitment: Array(release.commitment)),
            key: ReleasedKey(
                box: Array(release.released), identity: Array(release.identityKey),
                signature: Array(release.signature)),
            requestID: Array(release.requestID), readerID: release.readerID)
    }
}
