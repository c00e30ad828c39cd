import ConversationsAPI
import Foundation
import IdentityAPI
import ProcessTestSupport
import RPC
import StewardTestSupport
import Testing

@Suite("Cancellation reaches the statement", .serialized)
struct CancellationTests {
    @Test("Within 1 s of the cancel the waiting statement is gone, while others' went on")
    func cancelledCall() async throws {
        let installation = try await Installation.start()
        let person = try await installation.newPerson()
        let other = try await installation.newPerson()
        let held = try await person.call(CreateConversation())
        let free = try await other.call(CreateConversation())

        try await RowLock.hold(held.id, in: installation) {
            let waiting = Task {
                try await person.call(
                    AppendMessage(conversationID: held.id, role: .user, text: "must wait")
                )
            }
            try await RowLock.waitForWaiters(1, in: installation)
            let others = Task { try await Self.append(to: free.id, as: other) }

            waiting.cancel()
            let cancelledAt = ContinuousClock.now
            try await RowLock.waitForWaiters(0, in: installation)
            #expect(ContinuousClock.now - cancelledAt < .seconds(1))
            await #expect(throws: (any Error).self) { try await waiting.value }

            #expect(try await others.value == 200)
        }
        let listed = try await person.call(ListMessages(conversationID: held.id))
        #expect(listed.messages.isEmpty, "the cancelled append was stored")
        try await installation.stop()
    }

    @Test("A deadline that passes ends the waiting statement too")
    func deadline() async throws {
        let installation = try await Installation.start()
        let person = try await installation.newPerson()
        let held = try await person.call(CreateConversation())
        try await RowLock.hold(held.id, in: installation) {
            var options = person.options
            options.timeout = .milliseconds(500)
            let began = ContinuousClock.now
            let error = await #expect(throws: RPCError.self) {
                try await installation.client("conversations").call(
                    AppendMessage(conversationID: held.id, role: .user, text: "too late"),
                    options: options
                )
            }
            #expect(error?.code == .deadlineExceeded)
            try await RowLock.waitForWaiters(0, in: installation)
            #expect(ContinuousClock.now - began < .milliseconds(1_500))
        }
        try await installation.stop()
    }

    @Test("A client that vanishes frees its statements, its streams and its connection")
    func vanishedClient() async throws {
        let installation = try await Installation.start()
        let person = try await installation.newPerson()
        let held = try await person.call(CreateConversation())
        let descriptors = try installation.descriptorCount(of: "conversations")
        try await RowLock.hold(held.id, in: installation) {
            let vanishing = try await VanishingClient.start(
                installation,
                token: person.session.accessToken,
                conversation: held.id
            )
            try await RowLock.waitForWaiters(1, in: installation)
            #expect(try installation.descriptorCount(of: "conversations") > descriptors)

            vanishing.kill9()
            let vanishedAt = ContinuousClock.now
            try await RowLock.waitForWaiters(0, in: installation)
            #expect(ContinuousClock.now - vanishedAt < .seconds(1))
        }
        // The pool may keep a database connection more than before; the client's is gone.
        try await eventually("its connection is closed") {
            try installation.descriptorCount(of: "conversations") <= descriptors + 2
        }
        try await installation.stop()
    }

    private static func append(to conversation: UUID, as person: Person) async throws -> Int {
        for number in 0..<200 {
            _ = try await person.call(
                AppendMessage(conversationID: conversation, role: .user, text: "\(number)")
            )
        }
        return try await person.installation.sql(
            "SELECT count(*) FROM conversations.messages WHERE conversation_id = '\(conversation)'"
        ).split(separator: "\n").compactMap { Int($0) }.first ?? -1
    }
}

/// A row lock on a conversation, held by a session of the superuser.
private enum RowLock {
    /// Holds the lock while a body runs.
    static func hold(
        _ conversation: UUID,
        in installation: Installation,
        while body: () async throws -> Void
    ) async throws {
        let holder = Task {
            try await installation.sql(
                """
                SET application_name = 'lock holder';
                BEGIN;
                SELECT id FROM conversations.conversations WHERE id = '\(conversation)' FOR UPDATE;
                SELECT pg_sleep(60);
                """
            )
        }
        try await eventually("the row is locked") {
            try await installation.sql(
                """
                SELECT count(*) FROM pg_stat_activity
                WHERE application_name = 'lock holder' AND query LIKE '%pg_sleep%'
                    AND wait_event = 'PgSleep'
                """
            ) == "1"
        }
        let outcome = await Result { try await body() }
        try await installation.sql(
            """
            SELECT pg_terminate_backend(pid) FROM pg_stat_activity
            WHERE application_name = 'lock holder'
            """
        )
        // Its session was ended above, which psql reports as a failure.
        _ = await holder.result
        try outcome.get()
    }

    /// Waits until so many statements of the service wait for a lock.
    static func waitForWaiters(_ count: Int, in installation: Installation) async throws {
        try await eventually("\(count) statements wait for a lock", within: .seconds(5)) {
            try await installation.sql(
                """
                SELECT count(*) FROM pg_stat_activity
                WHERE usename = 'steward_conversations' AND state = 'active'
                    AND wait_event_type = 'Lock'
                """
            ) == "\(count)"
        }
    }
}

extension Result where Failure == any Error {
    fileprivate init(_ body: () async throws -> Success) async {
        do {
            self = .success(try await body())
        } catch {
            self = .failure(error)
        }
    }
}

/// A client in a process of its own, with open streams and a call that waits.
private final class VanishingClient: Sendable {
    private let process: ChildProcess

    private init(process: ChildProcess) { self.process = process }

    static func start(
        _ installation: Installation,
        token: String,
        conversation: UUID
    ) async throws -> VanishingClient {
        let process = try ChildProcess.start(
            TestSettings.interopPython,
            [
                "-B", TestSettings.root.appendingPathComponent("Tests/Interop/hold.py").path,
                installation.runtimeDirectory.appendingPathComponent("conversations.sock").path,
                token, conversation.uuidString,
            ]
        )
        return VanishingClient(process: process)
    }

    func kill9() { self.process.send(signal: SIGKILL) }
}

extension Installation {
    /// How many files and sockets a service holds open.
    fileprivate func descriptorCount(of service: String) throws -> Int {
        try FileManager.default.contentsOfDirectory(
            atPath: "/proc/\(try self.process(of: service))/fd"
        ).count
    }
}
