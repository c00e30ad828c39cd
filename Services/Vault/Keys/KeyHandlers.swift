internal import Postgres
internal import RPC
internal import SecretFormat
internal import ServiceKit
internal import VaultAPI

internal import struct FoundationEssentials.Data
internal import struct FoundationEssentials.UUID

/// Answers the methods about the vault's keys and its state.
struct KeyHandlers: Sendable {
    let keyring: Keyring
    let epochs: EpochStore
    let rewrapping: RewrapWork
    let lookup: SecretLookup
    let alarm: TamperAlarm
    let standing: VaultStanding
    let events: KeyEvents

    /// Adds the methods to a table.
    func register(in methods: inout MethodTable) {
        methods.register(GetSealingKey.self, handler: self.sealingKey)
        methods.register(GetVaultStatus.self, handler: self.status)
        methods.register(RotateSealingKey.self, handler: self.rotate)
        methods.register(WatchRewrap.self, handler: self.watch)
        methods.register(DestroyEpoch.self, handler: self.destroy)
    }

    @Sendable
    func sealingKey(
        _ request: GetSealingKey, _ context: CallContext
    ) async throws -> SealingKeyReply {
        let key = self.keyring.sealingKey
        var target: SealingTarget?
        if request.secretID != nil || request.name != nil {
            let secret = try await self.lookup.find(
                SecretReference(
                    secretID: request.secretID, name: request.name, ownerID: request.ownerID),
                in: context
            ).secret
            target = SealingTarget(
                secretID: secret.id, ownerID: secret.ownerID, type: secret.type,
                nextVersion: secret.latestVersion + 1,
                producer: try context.requireCaller().userID.uuidString.lowercased())
        }
        return SealingKeyReply(key: PublicSealingKey(key), target: target)
    }

    @Sendable
    func status(_ request: GetVaultStatus, _ context: CallContext) async throws -> VaultStatus {
        try await self.status(deadline: context.deadline)
    }

    @Sendable
    func rotate(
        _ request: RotateSealingKey, _ context: CallContext
    ) async throws -> RewrapProgress {
        try self.standing.requireOpen()
        let database = self.epochs.database
        try await database.transaction(as: SecretStore.purpose, deadline: context.deadline) {
            transaction in
            _ = try await transaction.execute(VersionStore.holdEpochs)
            let active = self.keyring.sealingKey.number
            guard request.expectedEpoch <= active else {
                throw RPCError.epochInUse("The current epoch is \(active).")
            }
            guard request.expectedEpoch == active else { return }
            _ = try await transaction.batch(
                try self.events.record(.begun(active + 1), in: context))
            _ = try await self.keyring.addEpoch()
        }
        self.rewrapping.wake()
        return try await self.epochs.progress(
            activeKeyID: self.keyring.sealingKey.identifier, epoch: self.keyring.sealingKey.number,
            deadline: context.deadline)
    }

    @Sendable
    func watch(
        _ request: WatchRewrap, _ outbound: OutboundStream<RewrapProgress>,
        _ context: CallContext
    ) async throws {
        try self.standing.requireOpen()
        let steps = self.rewrapping.steps()
        for await _ in steps {
            let key = self.keyring.sealingKey
            // Asked before the count: what it names is in that, unless it was moved since.
            let left = self.rewrapping.left(under: key.identifier)
            var progress = try await self.epochs.progress(
                activeKeyID: key.identifier, epoch: key.number, deadline: nil)
            let isOver = left.map { progress.remainingCount <= Int64($0.count) } ?? false
            if isOver, !progress.isComplete { progress.left = left.map { Array($0.prefix(100)) } }
            try await outbound.send(progress)
            if progress.isComplete || isOver { return }
        }
        try Task.checkCancellation()
    }

    /// Destroys an epoch under a lock that nobody who stores a version can share: what is not
    /// under the epoch now never will be.
    @Sendable
    func destroy(_ request: DestroyEpoch, _ context: CallContext) async throws -> VaultStatus {
        try self.standing.requireOpen()
        try await self.epochs.database.transaction(
            as: SecretStore.purpose, deadline: context.deadline
        ) { transaction in
            _ = try await transaction.execute(VersionStore.holdEpochs)
            guard let epoch = self.keyring.epochs.first(where: { $0.number == request.epoch })
            else { throw RPCError.invalid("epoch", "there is none of this number.") }
            guard epoch.state != .destroyed else { return }
            guard epoch.state != .active else {
                throw RPCError.epochInUse("The current epoch cannot be destroyed.")
            }
            let count: Int64 = try await transaction.execute(
                EpochStore.versionCount(under: epoch.keyID)
            ).rows[0].get(0)
            guard count == 0 else {
                throw RPCError.epochInUse("\(count) versions still need this epoch.")
            }
            _ = try await transaction.batch(
                try self.events.record(.destroyed(epoch.number), in: context))
            try await self.keyring.destroyEpoch(epoch.number)
        }
        return try await self.status(deadline: context.deadline)
    }

    private func status(deadline: ContinuousClock.Instant?) async throws -> VaultStatus {
        let counts = try await self.epochs.counts(deadline: deadline)
        let found = self.alarm.count
        let message =
            self.standing.objection
            ?? self.keyring.objection?.description
            ?? (found > 0 ? "\(found) things were changed behind the vault's back." : nil)
        return VaultStatus(
            vaultID: self.keyring.vaultID, isLocked: self.standing.objection != nil,
            message: message, identityKey: Data(self.keyring.identity),
            epochs: self.keyring.epochs.map { epoch in
                KeyEpochStatus(
                    number: epoch.number, keyID: Data(epoch.keyID), state: epoch.state.described,
                    versionCount: counts[epoch.keyID] ?? 0, createdAt: epoch.createdAt)
            },
            counter: self.keyring.counter, tamperedCount: Int64(found))
    }
}

extension PublicSealingKey {
    /// The key as callers get it.
    init(_ key: SealingKey) {
        self.init(
            vaultID: key.vaultID, epoch: key.number, keyID: Data(key.identifier),
            publicKey: Data(key.publicKey), identityKey: Data(key.identity),
            signature: Data(key.signature))
    }
}

extension KeyEpoch.State {
    fileprivate var described: KeyEpochState {
        switch self {
        case .active: .active
        case .openOnly: .openOnly
        case .destroyed: .destroyed
        }
    }
}
