internal import Glibc

/// Hashes and checks passwords on threads of its own, with a bound on how many wait.
///
/// Argon2 takes tens of milliseconds of CPU time and megabytes of memory.  Running it here keeps it
/// off the event loops and off Swift's cooperative threads, and bounds the memory that sign-ins can
/// take to `threadCount` times the hasher's.  A full queue, or a wait that grew too long, is
/// answered at once: the caller is told to come back.  Threads start when there is work for them.
package final class PasswordHashingPool: Sendable {
    /// What the pool hashes with.
    package let hasher: PasswordHasher
    private let workers: HashingWorkers

    /// Makes a pool; no thread starts before the first password comes.
    ///
    /// - Parameters:
    ///   - hasher: with which parameters to hash.
    ///   - threadCount: how many hashes run at a time; by default as many as there are processors.
    ///   - queueLimit: how many may wait; by default four for each thread.
    ///   - maximumWait: how long one may wait for a thread.  Looked at whenever a thread becomes
    ///     free, so a wait can be longer by the duration of one hash.
    package init(
        hasher: PasswordHasher = PasswordHasher(),
        threadCount: Int? = nil,
        queueLimit: Int? = nil,
        maximumWait: Duration = .seconds(1)
    ) {
        let threadCount = threadCount ?? max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))))
        self.hasher = hasher
        self.workers = HashingWorkers(
            threadCount: threadCount, queueLimit: queueLimit ?? threadCount * 4,
            maximumWait: maximumWait)
    }

    deinit { self.workers.close() }

    /// Hashes a password; see ``PasswordHasher/hash(_:)``.
    ///
    /// - Throws: ``PasswordHashingQueueFull``, `CancellationError`, or a ``SodiumError``.
    package func hash(_ password: String) async throws -> String {
        let hasher = self.hasher
        return try await self.run { try hasher.hash(password) }
    }

    /// Whether a password belongs to a stored hash; see ``PasswordHasher/verify(_:against:)``.
    ///
    /// - Parameter hash: `nil` where there is none: the work is done all the same, on a decoy.
    /// - Throws: ``PasswordHashingQueueFull``, `CancellationError`, or a ``SodiumError``.
    package func verify(_ password: String, against hash: String?) async throws -> Bool {
        let hasher = self.hasher
        let hash = hash ?? hasher.decoyHash
        return try await self.run { try hasher.verify(password, against: hash) }
    }

    /// Whether a stored hash was made with other parameters than this pool's.
    package func needsRehash(_ hash: String) -> Bool { self.hasher.needsRehash(hash) }

    /// How many callers wait for a thread at this moment.
    package var waitingCount: Int { self.workers.waitingCount }

    /// Runs work on one of the threads.
    package func run<Result: Sendable>(
        _ work: @escaping @Sendable () throws -> Result
    ) async throws -> Result {
        let workers = self.workers
        let ticket = HashingWorkers.Ticket()
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                workers.enqueue(
                    HashingWorkers.Job(
                        ticket: ticket, enqueuedAt: .now,
                        perform: { continuation.resume(with: Swift.Result(catching: work)) },
                        refuse: { continuation.resume(throwing: $0) }))
            }
        } onCancel: {
            workers.cancel(ticket)
        }
    }
}

/// As many passwords are being hashed as the machine can take; nothing was done.
package struct PasswordHashingQueueFull: Error, Sendable, Hashable {
    /// When it is worth trying again.
    package let retryAfter: Duration

    /// Makes the error.
    package init(retryAfter: Duration = .seconds(1)) { self.retryAfter = retryAfter }
}
