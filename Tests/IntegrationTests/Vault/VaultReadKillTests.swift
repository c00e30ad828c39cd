import Foundation
import Locks
import ProcessTestSupport
import RPC
import StewardTestSupport
import Testing
import VaultAPI

@Suite("No secret leaves unrecorded", .serialized)
struct VaultReadKillTests {
    private static let killCount = TestSettings.isHeavy ? 500 : 10
    private static let victims = ["vault", "postgres", "audit"]

    @Test("kill -9 of vault, Postgres and log during reads: each release has its row and its event")
    func killAnything() async throws {
        let installation = try await Installation.start()
        do {
            let load = ReadingLoad(try await installation.newKeeper())
            try await load.makeSecrets(8)
            try await Self.readAndKill(load, installation)
            try await Self.compare(load, installation)
        } catch {
            print(installation.logs())
            throw error
        }
        try await installation.stop()
    }

    private static func readAndKill(
        _ load: ReadingLoad, _ installation: Installation
    ) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for worker in 0..<8 { group.addTask { try await load.run(worker) } }
            group.addTask {
                var generator = SeededGenerator(stream: 51)
                for number in 1...Self.killCount {
                    let wanted = load.releaseCount + Int.random(in: 1...60, using: &generator)
                    try await eventually("reads end before kill \(number)", within: .seconds(60)) {
                        load.releaseCount >= wanted
                    }
                    let victim = Self.victims.randomElement(using: &generator) ?? "vault"
                    try await eventually("\(victim) is there to be killed", within: .seconds(30)) {
                        do {
                            try installation.kill9(victim)
                            return true
                        } catch is TestFailure {
                            return false
                        }
                    }
                }
                load.end()
            }
            try await group.waitForAll()
        }
        for service in ["identity", "audit", "vault"] {
            try await installation.waitUntilReady(service, within: .seconds(30))
        }
    }

    private static func compare(_ load: ReadingLoad, _ installation: Installation) async throws {
        let reads = "access_type = 'read' AND success"
        try await eventually("each row has its event", within: .seconds(120)) {
            try await installation.sql(
                """
                SELECT (SELECT count(*) FROM vault.secret_access WHERE \(reads))
                    = (SELECT count(*) FROM audit.entries WHERE action = 'secret_read')
                """) == "t"
        }
        let rows = try await Self.purposes(
            "SELECT purpose FROM vault.secret_access WHERE \(reads)", installation)
        let events = try await Self.purposes(
            """
            SELECT purpose FROM (SELECT substring(
                encode(payload, 'escape') FROM 'use-[0-9A-F-]{36}') AS purpose
                FROM audit.payloads) AS events WHERE purpose IS NOT NULL
            """, installation)
        let released = load.released
        #expect(released.subtracting(rows).isEmpty, "released without a row")
        #expect(released.subtracting(events).isEmpty, "released without an event")
        // A use whose answer was cut off has both too.
        #expect(Set(rows) == Set(events) && rows.count == events.count)
        #expect(rows.count >= released.count)
        print(
            "\(Self.killCount) kills: \(released.count) releases, \(rows.count) rows, "
                + "\(events.count) events, \(load.interruptedCount) calls without an answer")
    }

    private static func purposes(
        _ sql: String, _ installation: Installation
    ) async throws -> [String] {
        try await installation.sql(sql).split(separator: "\n").map(String.init)
    }
}

/// Reads secrets again and again, each time for a purpose of its own, until it is told to end.
private final class ReadingLoad: Sendable {
    private struct State {
        var isOver = false
        var secrets: [UUID] = []
        var released: Set<String> = []
        var interrupted = 0
    }

    private let person: Person
    private let state = Mutex(State())

    init(_ person: Person) { self.person = person }

    /// The purposes of the reads that got what they asked for.
    var released: Set<String> { self.state.withLock(\.released) }
    var releaseCount: Int { self.state.withLock { $0.released.count } }
    /// How many reads ended without an answer.
    var interruptedCount: Int { self.state.withLock(\.interrupted) }

    func end() { self.state.withLock { $0.isOver = true } }

    func makeSecrets(_ count: Int) async throws {
        for number in 0..<count {
            let secret = try await self.person.call(
                CreateSecret(name: "read \(number)", type: .generic))
            try await self.person.put("value \(number)", into: secret.id)
            self.state.withLock { $0.secrets.append(secret.id) }
        }
    }

    func run(_ worker: Int) async throws {
        var person = self.person
        var renewed = ContinuousClock.now
        while !self.state.withLock(\.isOver) {
            let purpose = "use-\(UUID().uuidString)"
            do {
                if ContinuousClock.now - renewed > .seconds(120) {
                    person = try await person.signInAgain()
                    renewed = .now
                }
                let value = try await person.value(
                    of: self.state.withLock { $0.secrets[worker] }, purpose: purpose)
                #expect(value == "value \(worker)")
                self.state.withLock { _ = $0.released.insert(purpose) }
            } catch let error as RPCError
                where [.unavailable, .deadlineExceeded, .resourceExhausted, .aborted]
                    .contains(error.code)
            {
                self.state.withLock { $0.interrupted += 1 }
                try await Task.sleep(for: .milliseconds(20))
            }
        }
    }
}
