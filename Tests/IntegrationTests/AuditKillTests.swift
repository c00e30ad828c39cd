import AuditAPI
import ConversationsAPI
import Foundation
import IdentityAPI
import Locks
import ProcessTestSupport
import RPC
import StewardTestSupport
import Testing

@Suite("No audit event is lost", .serialized)
struct AuditKillTests {
    private static let killCount = TestSettings.isHeavy ? 1_000 : 12
    private static let victims = ["identity", "conversations", "audit", "postgres"]

    @Test("kill -9 of producers, log and Postgres in any order: events are the effects, each once")
    func killAnything() async throws {
        let installation = try await Installation.start()
        do {
            try await Self.loadAndKill(installation)
        } catch {
            print(installation.logs())
            throw error
        }
        try await installation.stop()
    }

    private static func loadAndKill(_ installation: Installation) async throws {
        let load = MixedLoad(
            people: [
                try await installation.newPerson(), try await installation.newPerson(),
                try await installation.newPerson(),
            ])
        try await withThrowingTaskGroup(of: Void.self) { group in
            for worker in 0..<6 { group.addTask { try await load.run(worker) } }
            group.addTask {
                var generator = SeededGenerator(stream: 41)
                for number in 1...Self.killCount {
                    let wanted = load.finishedCount + Int.random(in: 1...40, using: &generator)
                    try await eventually("calls end before kill \(number)", within: .seconds(60)) {
                        load.finishedCount >= wanted
                    }
                    let victim = Self.victims.randomElement(using: &generator) ?? "audit"
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
        for service in ["identity", "conversations", "audit"] {
            try await installation.waitUntilReady(service)
        }
        try await Self.waitUntilDelivered(installation)
        try await Self.compare(installation, load)
        try await Self.check(installation)
    }

    /// Until the log has every event that is committed.
    private static func waitUntilDelivered(_ installation: Installation) async throws {
        for service in ["identity", "conversations", "audit"] {
            try await eventually("the events of \(service) are in the log", within: .seconds(60)) {
                try await installation.sql(
                    """
                    SELECT NOT EXISTS (SELECT FROM \(service).audit_outbox)
                        AND (SELECT coalesce(max(last_sequence), 0)
                            FROM \(service).audit_batches) <= coalesce((
                            SELECT last_sequence FROM audit.producers
                            WHERE producer = '\(service)'), 0)
                    """) == "t"
            }
        }
    }

    private static func compare(_ installation: Installation, _ load: MixedLoad) async throws {
        let people = load.people.map { "'\($0.id.uuidString.lowercased())'" }
            .joined(separator: ", ")
        func count(_ sql: String) async throws -> Int? { Int(try await installation.sql(sql)) }

        let conversations = "SELECT id::text FROM conversations.conversations"
        let sessions = "SELECT id::text FROM identity.sessions WHERE user_id IN (\(people))"
        for (effects, events) in [
            (
                conversations,
                "SELECT resource_id FROM audit.entries WHERE action = 'conversation_created'"
            ),
            (
                sessions,
                """
                SELECT session_id::text FROM audit.entries
                WHERE action = 'signed_in' AND actor_id IN (\(people))
                """
            ),
        ] {
            let missing = "SELECT count(*) FROM (\(effects) EXCEPT \(events)) AS missing"
            #expect(try await count(missing) == 0, "effects without an event: \(effects)")
            let excess = "SELECT count(*) FROM (\(events) EXCEPT \(effects)) AS excess"
            #expect(try await count(excess) == 0, "events without an effect: \(events)")
            let total = try await count("SELECT count(*) FROM (\(effects)) AS effects")
            #expect(
                try await count("SELECT count(*) FROM (\(events)) AS events") == total,
                "an event came twice: \(events)")
            #expect(try #require(total) > 0)
        }
        let denials = try #require(
            try await count(
                """
                SELECT count(*) FROM audit.entries WHERE action = 'access_denied'
                    AND actor_id IN (\(people)) AND method = 'identity.ListUsers'
                """))
        // A call that was refused and interrupted is refused again when the client repeats it.
        #expect(load.deniedCount <= denials)
        #expect(load.createdCount > 0 && load.deniedCount > 0 && load.interruptedCount > 0)
        #expect(
            try await count(
                """
                SELECT count(*) FROM (SELECT producer, epoch FROM audit.entries
                    GROUP BY producer, epoch
                    HAVING count(*) <> max(sequence) OR min(sequence) <> 1
                        OR count(*) <> count(DISTINCT event_id)) AS gaps
                """) == 0)
        #expect(
            try await count(
                "SELECT count(*) - (max(log_index) + 1) FROM audit.entries") == 0)
    }

    /// The log finds no fault with itself.
    private static func check(_ installation: Installation) async throws {
        let administrator = try await installation.administrator()
        let reports = try await installation.client("audit").stream(
            CheckLog(), options: administrator.options)
        var last: LogCheckReport?
        for try await report in reports {
            #expect(report.fault == nil)
            last = report
        }
        #expect(last?.isLast == true)
    }
}

/// People who create, sign in and are refused, again and again, until they are told to end.
private final class MixedLoad: Sendable {
    private struct State {
        var isOver = false
        var finished = 0
        var created = 0
        var denied = 0
        var interrupted = 0
    }

    let people: [Person]
    private let state = Mutex(State())

    init(people: [Person]) { self.people = people }

    var finishedCount: Int { self.state.withLock(\.finished) }
    var createdCount: Int { self.state.withLock(\.created) }
    /// How often somebody was told that they may not.
    var deniedCount: Int { self.state.withLock(\.denied) }
    /// How many calls ended without an answer.
    var interruptedCount: Int { self.state.withLock(\.interrupted) }

    func end() { self.state.withLock { $0.isOver = true } }

    func run(_ worker: Int) async throws {
        var person = self.people[worker % self.people.count]
        var renewed = ContinuousClock.now
        while !self.state.withLock(\.isOver) {
            do {
                if worker % 3 == 2 || ContinuousClock.now - renewed > .seconds(120) {
                    person = try await person.signInAgain()
                    renewed = .now
                } else if worker % 3 == 1 {
                    try await self.beRefused(person)
                } else {
                    _ = try await person.call(CreateConversation(title: "one of many"))
                    self.state.withLock { $0.created += 1 }
                }
            } catch let error as RPCError
                where [.unavailable, .deadlineExceeded, .resourceExhausted, .aborted]
                    .contains(error.code)
            {
                self.state.withLock { $0.interrupted += 1 }
                try await Task.sleep(for: .milliseconds(20))
            }
            self.state.withLock { $0.finished += 1 }
        }
    }

    private func beRefused(_ person: Person) async throws {
        do {
            _ = try await person.call(ListUsers())
            Issue.record("a person without permission lists users")
        } catch let error as RPCError where error.code == .permissionDenied {
            self.state.withLock { $0.denied += 1 }
        }
    }
}
