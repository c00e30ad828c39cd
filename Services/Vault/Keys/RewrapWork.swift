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

    private let epochs: EpochStore
    private let keyring: Keyring
    private let standing: VaultStanding
    private let alarm: TamperAlarm
    private let logger: Logger
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
                    while !Task.isCancelled {
                        self.wake()
                        // Cancelled only when the service stops, which ends the loop.
                        try? await Task.sleep(for: Self.interval)
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
        var position: (secretID: UUID, number: Int64)?
        while let last = try await self.moveSome(after: position) {
            position = last
            self.announce()
            try Task.checkCancellation()
        }
        self.announce()
    }

    /// Moves one batch; where it ended, or `nil` if nothing was left.
    private func moveSome(
        after position: (secretID: UUID, number: Int64)?
    ) async throws -> (secretID: UUID, number: Int64)? {
        var broken: [VersionRecord] = []
        let last = try await self.epochs.database.transaction(
            as: EpochStore.purpose, deadline: .now + .seconds(60)
        ) { transaction -> (secretID: UUID, number: Int64)? in
            _ = try await transaction.execute(VersionStore.shareEpochs)
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
                } catch is KeyringError, is SecretFormatError {
                    broken.append(version)
                }
            }
            if !moved.isEmpty { _ = try await transaction.execute(EpochStore.store(moved)) }
            return (last.secretID, last.number)
        }
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
