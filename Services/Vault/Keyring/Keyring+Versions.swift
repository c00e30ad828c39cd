internal import FoundationEssentials
internal import SecretFormat
internal import Sodium

extension Keyring {
    /// Takes a data key from whoever sealed it: checks what it is for and wraps it for storage.
    ///
    /// A key that is sealed to an epoch before the active one is sealed anew.
    ///
    /// - Parameters:
    ///   - sealedKey: the box, as the producer made it.
    ///   - keyID: which key it is sealed to.
    ///   - context: what the version will be stored as; its destruction key must be there.
    ///   - commitment: the version's.
    /// - Throws: ``KeyringError``; `SecretFormatError` if it was sealed for something else.
    func accept(
        _ sealedKey: [UInt8], keyID: [UInt8], context: SecretContext, commitment: [UInt8]
    ) throws -> WrappedKey {
        let dataKey = try self.dataKey(in: sealedKey, keyID: keyID, context: context)
        try dataKey.check(commitment, contextHash: context.hash)
        let active = self.live.activeEpoch
        guard keyID != active.keyID else {
            return WrappedKey(bytes: try self.wrap(sealedKey, context), keyID: keyID)
        }
        return try self.wrap(dataKey, to: active, context)
    }

    /// Seals a stored data key to the active epoch; as it was if it is sealed to that one.
    ///
    /// - Throws: ``KeyringError``; `SecretFormatError` if it is another version's.
    func rewrap(_ wrapped: WrappedKey, context: SecretContext) throws -> WrappedKey {
        let active = self.live.activeEpoch
        guard wrapped.keyID != active.keyID else { return wrapped }
        return try self.wrap(try self.dataKey(wrapped, context), to: active, context)
    }

    /// Seals a stored data key to a reader, and signs what the reader gets.
    ///
    /// - Throws: ``KeyringError``; `SecretFormatError` if the key is another version's or not the
    ///   one committed to; `SodiumError.unusablePublicKey` for a reader's key of low order.
    func release(_ wrapped: WrappedKey, _ release: Release) throws -> ReleasedKey {
        try self.live.sign(release, of: try self.dataKey(wrapped, release.context))
    }

    private func dataKey(_ wrapped: WrappedKey, _ context: SecretContext) throws -> DataKey {
        try self.dataKey(
            in: try self.unwrap(wrapped.bytes, context), keyID: wrapped.keyID, context: context)
    }

    private func dataKey(
        in sealedKey: [UInt8], keyID: [UInt8], context: SecretContext
    ) throws -> DataKey {
        guard let epoch = self.live.epoch(keyID: keyID) else { throw KeyringError.unknownKey }
        return try DataKey(
            opening: sealedKey, with: epoch.pair, boundTo: context.boxHash(keyID: keyID))
    }

    private func wrap(
        _ dataKey: borrowing DataKey, to epoch: LiveEpoch, _ context: SecretContext
    ) throws -> WrappedKey {
        let sealedKey = try dataKey.box(
            to: epoch.pair.publicKey, boundTo: context.boxHash(keyID: epoch.keyID))
        return WrappedKey(bytes: try self.wrap(sealedKey, context), keyID: epoch.keyID)
    }

    private func wrap(_ sealedKey: [UInt8], _ context: SecretContext) throws -> [UInt8] {
        let key = try self.destructionKey(context)
        return try SealedValue(
            sealing: sealedKey, key: key, context: Self.wrappingContext(context)
        ).bytes
    }

    private func unwrap(_ wrapped: [UInt8], _ context: SecretContext) throws -> [UInt8] {
        let key = try self.destructionKey(context)
        do {
            return try SealedValue(bytes: wrapped).opened(
                with: key, context: Self.wrappingContext(context))
        } catch SodiumError.sealBroken {
            throw KeyringError.wrappingBroken
        }
    }

    private func destructionKey(_ context: SecretContext) throws -> SecretBytes {
        let id = VersionID(secret: context.secretID, version: context.version)
        guard let sealed = self.writer.withState({ $0.destructionKeys[id] }) else {
            throw KeyringError.destroyed
        }
        return try self.keys.destructionKey(id, sealed: sealed)
    }

    private static func wrappingContext(_ context: SecretContext) -> [UInt8] {
        Array("steward.vault.wrap.v1".utf8)
            + VersionID(secret: context.secretID, version: context.version).bytes
    }
}
