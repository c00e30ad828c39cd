import Locks
import Sodium
import Testing

@Suite("Password hashes")
struct PasswordHasherTests {
    /// Cheap, so that the tests are not about waiting.
    private let hasher = PasswordHasher(
        parameters: PasswordHashingParameters(memoryByteCount: 64 * 1_024, passCount: 1)
    )

    @Test("A password belongs to its hash, and no other does")
    func verify() throws {
        let hash = try self.hasher.hash("correct horse battery staple")
        #expect(hash.hasPrefix("$argon2id$v=19$m=64,t=1,p=1$"))
        #expect(try self.hasher.verify("correct horse battery staple", against: hash))
        #expect(try !self.hasher.verify("correct horse battery stapl", against: hash))
        #expect(try !self.hasher.verify("", against: hash))
    }

    @Test("A zero byte does not end a password")
    func zeroByte() throws {
        let hash = try self.hasher.hash("ab\0cd")
        #expect(try !self.hasher.verify("ab", against: hash))
        #expect(try self.hasher.verify("ab\0cd", against: hash))
    }

    @Test("The same password hashed twice gives different hashes")
    func salts() throws {
        #expect(try self.hasher.hash("x") != self.hasher.hash("x"))
    }

    @Test("A hash with other parameters is to be made anew")
    func rehash() throws {
        let hash = try self.hasher.hash("x")
        #expect(!self.hasher.needsRehash(hash))
        #expect(PasswordHasher().needsRehash(hash))
        #expect(self.hasher.needsRehash("$2b$12$abc"))
    }

    @Test("The defaults are 19,456 KiB and two passes")
    func defaults() {
        let parameters = PasswordHasher().parameters
        #expect(parameters.memoryByteCount == 19_456 * 1_024)
        #expect(parameters.passCount == 2)
    }

    @Test("The decoy hash is read like a real one, costs the same, and matches nothing")
    func decoy() throws {
        #expect(PasswordHashingParameters(hash: self.hasher.decoyHash) == self.hasher.parameters)
        #expect(try !self.hasher.verify("", against: self.hasher.decoyHash))
        #expect(try !self.hasher.verify("password", against: self.hasher.decoyHash))
        let real = try self.hasher.hash("x")
        #expect(real.count == self.hasher.decoyHash.count)
    }

    @Test(
        "A stored text that is no Argon2id hash, or asks for too much, is an error",
        arguments: [
            "", "x", "$argon2id$", "$argon2i$v=19$m=64,t=1,p=1$AAAA$AAAA",
            "$argon2id$v=19$m=4194304,t=1,p=1$c3Rld2FyZA$AAAA",
            "$argon2id$v=19$m=64,t=1000,p=1$c3Rld2FyZA$AAAA",
            "$argon2id$v=19$m=-64,t=1,p=1$c3Rld2FyZA$AAAA",
            "$argon2id$v=19$m=64,t=1,p=2$c3Rld2FyZA$AAAA",
            "$argon2id$v=19$m=99999999999999999999,t=1,p=1$c3Rld2FyZA$AAAA",
        ]
    )
    func unreadable(hash: String) {
        #expect(throws: SodiumError.passwordHashUnreadable) {
            try self.hasher.verify("x", against: hash)
        }
    }
}

@Suite("The password hashing pool", .timeLimit(.minutes(1)))
struct PasswordHashingPoolTests {
    private let hasher = PasswordHasher(
        parameters: PasswordHashingParameters(memoryByteCount: 64 * 1_024, passCount: 1)
    )

    @Test("A pool hashes and verifies, and a missing hash is a wrong password")
    func hashing() async throws {
        let pool = PasswordHashingPool(hasher: self.hasher)
        let hash = try await pool.hash("secret")
        #expect(try await pool.verify("secret", against: hash))
        #expect(try await !pool.verify("other", against: hash))
        #expect(try await !pool.verify("secret", against: nil))
    }

    @Test("No more work runs at a time than there are threads, and all of it is done")
    func concurrency() async throws {
        let pool = PasswordHashingPool(threadCount: 3, queueLimit: 1_000)
        let running = RunningCount()
        let sum = try await withThrowingTaskGroup(of: Int.self) { group in
            for number in 1...200 {
                group.addTask {
                    try await pool.run {
                        running.enter()
                        defer { running.leave() }
                        return number
                    }
                }
            }
            return try await group.reduce(0, +)
        }
        #expect(sum == 20_100)
        #expect((1...3).contains(running.most))
    }

    @Test("As many wait as may wait; the next is refused at once and told when to come back")
    func queueLimit() async throws {
        let gate = Gate()
        let pool = PasswordHashingPool(
            threadCount: 1,
            queueLimit: 2,
            maximumWait: .seconds(60)
        )
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await pool.run { gate.wait() } }
            await gate.entered()
            for _ in 0..<2 { group.addTask { try await pool.run {} } }
            while pool.waitingCount < 2 { await Task.yield() }
            await #expect(throws: PasswordHashingQueueFull(retryAfter: .seconds(1))) {
                try await pool.run {}
            }
            gate.open()
            try await group.waitForAll()
        }
    }

    @Test("Whoever waited longer than allowed is refused by the thread that becomes free")
    func maximumWait() async throws {
        // Every wait is longer than a negative one, whatever the clock's resolution.
        let pool = PasswordHashingPool(
            threadCount: 1,
            queueLimit: 4,
            maximumWait: .nanoseconds(-1)
        )
        await #expect(throws: PasswordHashingQueueFull.self) { try await pool.run {} }
    }

    @Test("A cancelled caller leaves the queue, also when it was cancelled before it arrived")
    func cancellation() async throws {
        let gate = Gate()
        let pool = PasswordHashingPool(threadCount: 1, queueLimit: 1, maximumWait: .seconds(60))
        let running = Task { try await pool.run { gate.wait() } }
        await gate.entered()
        for _ in 0..<100 {
            let ran = Mutex(false)
            let waiting = Task { try await pool.run { ran.withLock { $0 = true } } }
            waiting.cancel()
            await #expect(throws: CancellationError.self) { try await waiting.value }
            #expect(ran.withLock { $0 } == false)
        }
        gate.open()
        try await running.value
        #expect(try await pool.run { 1 } == 1)
    }
}

/// Counts who is inside at a time.
private final class RunningCount: Sendable {
    private let state = Mutex((now: 0, most: 0))

    func enter() {
        self.state.withLock {
            $0.now += 1
            $0.most = max($0.most, $0.now)
        }
    }

    func leave() { self.state.withLock { $0.now -= 1 } }

    var most: Int { self.state.withLock { $0.most } }
}
