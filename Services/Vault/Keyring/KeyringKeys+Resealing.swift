internal import Sodium

// What the keyring holds, from one root key to another: opened into locked memory, sealed at once.
extension KeyringKeys {
    /// Everything that a state holds, under the keys of another root key.
    ///
    /// - Throws: `SodiumError`.
    func resealed(_ state: KeyringState, for other: KeyringKeys) throws -> KeyringState {
        var resealed = KeyringState()
        for record in state.records { try resealed.apply(try self.resealed(record, for: other)) }
        resealed.counter = state.counter
        return resealed
    }

    private func resealed(
        _ record: KeyringRecord, for other: KeyringKeys
    ) throws -> KeyringRecord {
        func again(_ sealed: [UInt8], _ kind: String, _ place: [UInt8]) throws -> [UInt8] {
            try other.seal(try self.open(sealed, kind, place), kind, place)
        }
        switch record {
        case .identity(let publicKey, let sealed):
            return .identity(
                publicKey: publicKey, sealed: try again(sealed, Self.identityKind, publicKey))
        case .codeKey(let sealed):
            return .codeKey(sealed: try again(sealed, Self.codeKeyKind, []))
        case .epoch(var epoch):
            epoch.sealedSecret = try epoch.sealedSecret.map {
                try again($0, Self.epochKind, Self.place(of: epoch.epoch))
            }
            return .epoch(epoch)
        case .destructionKey(let id, let sealed):
            return .destructionKey(
                id, sealed: try again(sealed, Self.destructionKeyKind, id.bytes))
        case .snapshot, .epochDestroyed, .versionDestroyed, .secretDestroyed, .revision:
            return record
        }
    }
}
