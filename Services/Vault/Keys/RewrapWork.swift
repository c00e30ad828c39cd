internal import Locks
internal import Logging
internal import Postgres
internal import SecretFormat
internal import ServiceKit
internal import ServiceLifecycle
internal import VaultAPI

internal import struct FoundationEssentials.UUID

/// Moves data keys to the current epoch, a batch at a time; values are not touched.
///
/// Whatever is killed, each version is under the one key or the other, and what is left is done by
/// the next round.
final class RewrapWork: Service {
    /// Versions of one transaction; short, so that it holds up nobody.
    static let batchCount = 100
    /// Time between rounds that nobody asked for.
    private static let interval = Duration.seconds(60)
    /// Time until what a round could not lock is tried again.
    private static let pause = Duration.seconds(1)

    /// What a whole round has left behind.
    private struct Outcome {
        let keyID: [UInt8]
        let left: [RewrapRemainder]
        /// Whether everything else was moved.
        let isSettled: Bool
    }

    private let epochs: EpochStore
    private let keyring: Keyring
    private let standing: VaultStanding
    private let alarm: TamperAlarm
    private let logger: Logger
    private let outcome = Mutex<Outcome?>(nil)
    private let wakeUps: AsyncStream<Void>
    private let wakeUp: AsyncStream<Void>.Continuation
    private let watchers = Mutex<(next: Int, all: [Int: AsyncStream<Void>.Continuation])>((0, [:]))

    init(
        database: Database, keyring: Keyring, standing: VaultStanding, alarm: TamperAlarm,
        logger: Logger
    ) {
        self.epochs = EpochStore(database: database)
        self.keyring = keyring
        self.standing = standing
        self.alarm = alarm
        self.logger = logger
        (self.wakeUps, self.wakeUp) = AsyncStream.makeStream(
            of: Void.self, bufferingPolicy: .bufferingNewest(1))
    }

    /// Makes the next round begin at once.
    func wake() { self.wakeUp.yield() }

    /// An element at once, and one for every batch that is done.
    func steps() -> AsyncStream<Void> {
        let (stream, continuation) = AsyncStream.makeStream(
            of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let id = self.watchers.withLock { watchers in
            watchers.next += 1
            watchers.all[watchers.next] = continuation
            return watchers.next
        }
        continuation.onTermination = { [weak self] _ in
            _ = self?.watchers.withLock { $0.all.removeValue(forKey: id) }
        }
        continuation.yield()
        return stream
    }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            await withTaskGroup { group in
                group.addTask {
                    var waited = Self.interval
                    while !Task.isCancelled {
                        if waited >= Self.interval || self.isUnsettled {
                            self.wake()
                            waited = .zero
                        }
                        // Cancelled only when the service stops, which ends the loop.
                        try? await Task.sleep(for: Self.pause)
                        waited += Self.pause
                    }
                }
                for await _ in self.wakeUps { await self.round() }
                group.cancelAll()
            }
        }
    }

    private func round() async {
        do {
            try await self.work()
        } catch is CancellationError {
            return
        } catch {
            self.logger.warning(
                "moving data keys is put off", metadata: ["error": "\(error)"])
        }
    }

    /// Moves everything that is left.
    func work() async throws {
        guard self.standing.objection == nil else { return }
        let keyID = self.keyring.sealingKey.identifier
        var position: (secretID: UUID, number: Int64)?
        var left: [RewrapRemainder] = []
        while let last = try await self.moveSome(after: position, &left) {
            position = last
            self.announce()
            try Task.checkCancellation()
        }
        // Beside what cannot be moved there is what somebody else had locked.
        let remaining = try await self.epochs.remainingCount(activeKeyID: keyID)
        let outcome = Outcome(
            keyID: keyID, left: left, isSettled: remaining <= Int64(left.count))
        self.outcome.withLock { $0 = outcome }
        self.announce()
    }

    /// What cannot be moved to a key, once everything else was; `nil` as long as it was not.
    func left(under keyID: [UInt8]) -> [RewrapRemainder]? {
        self.outcome.withLock { outcome in
            guard let outcome, outcome.isSettled, outcome.keyID == keyID else { return nil }
            return outcome.left
        }
    }

    private var isUnsettled: Bool { self.outcome.withLock { $0?.isSettled == false } }

    /// Moves one batch; where it ended, or `nil` if nothing was left.
    private func moveSome(
        after position: (secretID: UUID, number: Int64)?, _ left: inout [RewrapRemainder]
    ) async throws -> (secretID: UUID, number: Int64)? {
        var remainders: [RewrapRemainder] = []
        var broken: [VersionRecord] = []
        let last = try await self.epochs.database.transaction(
            as: EpochStore.purpose, deadline: .now + .seconds(60)
        ) { transaction -> (secretID: UUID, number: Int64)? in
            // A transaction that destroys an epoch, or has died doing so, is not waited for.
            let isShared: Bool = try await transaction.execute(
                VersionStore.tryToShareEpochs
            ).rows[0].get(0)
            guard isShared else { return nil }
            let stale: [EpochStore.Stale] = try await transaction.execute(
                EpochStore.stale(
                    activeKeyID: self.keyring.sealingKey.identifier, after: position,
                    limit: Self.batchCount)
            ).decode()
            guard let last = stale.last?.version else { return nil }
            var moved: [(version: VersionRecord, wrapped: WrappedKey)] = []
            for item in stale {
                let version = item.version
                do {
                    moved.append(
                        (
                            version,
                            try self.keyring.rewrap(
                                item.wrapped,
                                context: version.context(vaultID: self.keyring.vaultID))
                        ))
                } catch KeyringError.destroyed {
                    // Destroyed, and its row not emptied yet: that is done where it was begun.
                    remainders.append(version.remainder("destroyed"))
                } catch is KeyringError, is SecretFormatError {
                    broken.append(version)
                    remainders.append(version.remainder("tampered"))
                }
            }
            if !moved.isEmpty { _ = try await transaction.execute(EpochStore.store(moved)) }
            return (last.secretID, last.number)
        }
        left += remainders
        for version in broken {
            try await self.alarm.raise(
                .init(
                    kind: "secret_version", id: version.secretID, version: version.number,
                    what: .altered),
                in: nil)
        }
        return last
    }

    private func announce() {
        let watchers = self.watchers.withLock { Array($0.all.values) }
        for watcher in watchers { watcher.yield() }
    }
}

extension VersionRecord {
    fileprivate func remainder(_ reason: String) -> RewrapRemainder {
        RewrapRemainder(secretID: self.secretID, version: self.number, reason: reason)
    }
}
