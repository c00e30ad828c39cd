import Foundation
import IdentityAPI
import ProcessTestSupport
import RPC
import StewardTestSupport
import Testing
import VaultAPI

@Suite("A new sealing key, and kill -9 while data keys are moved to it", .serialized)
struct VaultRewrapKillTests {
    private static let secretCount = TestSettings.isHeavy ? 500 : 20
    private static let versionCount: Int64 = TestSettings.isHeavy ? 20 : 10
    private static let roundCount = TestSettings.isHeavy ? 20 : 4
    private static let readerCount = 8

    @Test("No version is lost or unreadable, and an old key is destroyed only when none needs it")
    func kills() async throws {
        let installation = try await Installation.start()
        do {
            let person = try await installation.newKeeper(also: "vault:keys")
            let keeper = Keeper(person)
            let secrets = try await Self.fill(keeper)
            let all = Int64(secrets.count) * Self.versionCount
            #expect(try await Self.count("wrapped_key IS NOT NULL", installation) == all)

            let gate = try await RewrapGate(installation)
            var generator = SeededGenerator(stream: 61)
            for round in 1...Self.roundCount {
                let position = Int.random(in: 1..<Int(all), using: &generator)
                let victim = Bool.random(using: &generator) ? "vault" : "postgres"
                try await Self.killInside(victim, at: position, gate, keeper)
                try await Self.settle(keeper)
                #expect(
                    try await Self.count("wrapped_key IS NOT NULL", installation) == all,
                    "round \(round)")
            }
            try await gate.remove()
            try await Self.finish(keeper, installation)
            try await Self.read(secrets, keeper)

            // What the keyring has left is enough after another start, too.
            try await installation.stopOne("vault")
            try await installation.startOne("vault")
            try await Self.read(secrets, keeper)
            print("\(all) versions, \(Self.roundCount) kills: all are there and readable")
        } catch {
            print(installation.logs())
            throw error
        }
        try await installation.stop()
    }

    /// Begins a new epoch, holds the moving up at some version, and kills.
    private static func killInside(
        _ victim: String, at position: Int, _ gate: RewrapGate, _ keeper: Keeper
    ) async throws {
        let installation = keeper.installation
        let before = try await keeper.call(GetVaultStatus())
        let active = try #require(before.epochs.last)
        #expect(active.state == .active)
        let hold = try await gate.close(at: position)
        _ = try await keeper.call(RotateSealingKey(expectedEpoch: active.number))
        try await eventually("data keys are being moved", within: .seconds(60)) {
            try await gate.isHoldingUp()
        }
        // Some are under the one key, some under the other: none of both may go now.
        for epoch in [active.number, active.number + 1] {
            await #expect(throws: RPCError.self) {
                _ = try await keeper.call(DestroyEpoch(epoch: epoch), timeout: .milliseconds(500))
            }
        }
        try installation.kill9(victim)
        try await hold.open()
        try await installation.waitUntilReady("vault", within: .seconds(60))
        let after = try await Self.status(keeper)
        #expect(after.epochs.first { $0.number == active.number }?.state == .openOnly)
        #expect(after.epochs.last?.number == active.number + 1)
    }

    private static func status(_ keeper: Keeper) async throws -> VaultStatus {
        var status: VaultStatus?
        try await eventually("the vault tells how it is", within: .seconds(30)) {
            do {
                status = try await keeper.call(GetVaultStatus())
                return true
            } catch let error as RPCError where error.code == .unavailable { return false }
        }
        return try #require(status)
    }

    /// Waits until all is moved.
    private static func settle(_ keeper: Keeper) async throws {
        let active = try #require(try await Self.status(keeper).epochs.last)
        try await eventually("everything is moved", within: .seconds(120)) {
            do {
                // Of an epoch that is over: begins nothing, and looks for what is left at once.
                return try await keeper.call(
                    RotateSealingKey(expectedEpoch: active.number - 1)
                ).isComplete
            } catch let error as RPCError where error.code == .unavailable { return false }
        }
    }

    /// Destroys every old key.
    private static func finish(_ keeper: Keeper, _ installation: Installation) async throws {
        let active = try #require(try await Self.status(keeper).epochs.last)
        for epoch in 1..<active.number {
            let outcome = try await keeper.call(DestroyEpoch(epoch: epoch))
            #expect(outcome.epochs.first { $0.number == epoch }?.state == .destroyed)
        }
        let key = active.keyID.map { String(format: "%02x", $0) }.joined()
        #expect(
            try await Self.count("epoch_key_id <> '\\x\(key)'::bytea", installation) == 0)
    }

    // MARK: Versions

    private static func fill(_ keeper: Keeper) async throws -> [UUID] {
        try await withThrowingTaskGroup(of: [UUID].self) { group in
            for worker in 0..<Self.readerCount {
                group.addTask {
                    var made: [UUID] = []
                    for number in stride(
                        from: worker, to: Self.secretCount, by: Self.readerCount)
                    {
                        let person = try await keeper.person()
                        let id = try await person.call(
                            CreateSecret(name: "moved \(number)", type: .generic)
                        ).id
                        for version in 1...Self.versionCount {
                            try await person.put(Self.value(id, version), into: id)
                        }
                        made.append(id)
                    }
                    return made
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
    }

    private static func read(_ secrets: [UUID], _ keeper: Keeper) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for worker in 0..<Self.readerCount {
                group.addTask {
                    for number in stride(from: worker, to: secrets.count, by: Self.readerCount) {
                        let person = try await keeper.person()
                        let id = secrets[number]
                        for version in 1...Self.versionCount {
                            let value = try await person.value(of: id, version: version)
                            #expect(value == Self.value(id, version))
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    private static func value(_ id: UUID, _ version: Int64) -> String { "\(id) \(version)" }

    private static func count(
        _ condition: String, _ installation: Installation
    ) async throws -> Int64 {
        let text = try await installation.sql(
            "SELECT count(*) FROM vault.secret_versions WHERE \(condition)")
        return try #require(Int64(text))
    }
}

/// Somebody whose session is renewed before it ends.
private actor Keeper {
    nonisolated let installation: Installation
    private var current: Person
    private var renewed = ContinuousClock.now

    init(_ person: Person) {
        self.current = person
        self.installation = person.installation
    }

    func person() async throws -> Person {
        guard ContinuousClock.now - self.renewed > .seconds(120) else { return self.current }
        self.current = try await self.current.signInAgain()
        self.renewed = .now
        return self.current
    }

    nonisolated func call<M: UnaryMethod>(
        _ request: M, timeout: Duration? = nil
    ) async throws -> M.Reply {
        try await self.installation.client("vault").call(
            request,
            options: CallOptions(
                timeout: timeout,
                token: try await self.person().options(for: M.self).token))
    }
}
