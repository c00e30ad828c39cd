import ConversationsAPI
import Foundation
import Locks
import ProcessTestSupport
import RPC
import StewardTestSupport
import Testing

@Suite("Nothing acknowledged is lost", .serialized)
struct KillTests {
    private static let count = TestSettings.isHeavy ? 10_000 : 1_000
    private static let workers = 8

    @Test(
        "kill -9 during appends with retries: every acknowledged message is there exactly once",
        arguments: ["conversations", "postgres"]
    )
    func killDuringAppends(victim: String) async throws {
        let installation = try await Installation.start()
        do {
            try await Self.appendAndKill(victim, installation)
        } catch {
            print(installation.logs())
            throw error
        }
        try await installation.stop()
    }

    private static func appendAndKill(_ victim: String, _ installation: Installation) async throws {
        let writer = Writer(try await installation.newPerson())
        let conversation = try await writer.call(CreateConversation())
        let progress = Progress()
        // Its supervisor waits longer before each start, so a sample kills less often.
        let parts = TestSettings.isHeavy ? 10 : 5
        try await withThrowingTaskGroup(of: Void.self) { group in
            for worker in 0..<Self.workers {
                group.addTask {
                    for number in stride(from: worker, to: Self.count, by: Self.workers) {
                        let stored = try await writer.call(
                            AppendMessage(
                                conversationID: conversation.id,
                                role: .user,
                                text: "number \(number)",
                                idempotencyKey: "key \(number)"
                            )
                        )
                        progress.acknowledged(number, as: stored.message.id)
                    }
                }
            }
            group.addTask {
                for part in 1..<parts {
                    try await eventually("part \(part) is done", within: .seconds(120)) {
                        progress.count >= Self.count * part / parts
                    }
                    try installation.kill9(victim)
                    writer.noteInterruption()
                }
            }
            try await group.waitForAll()
        }
        let stored = try await Self.allMessages(of: conversation.id, writer)
        #expect(progress.count == Self.count)
        #expect(stored.count == Self.count)
        for (number, id) in progress.all {
            #expect(stored[id] == "number \(number)")
        }
        #expect(Set(stored.values).count == Self.count)
        #expect(writer.interruptedCount > 0, "no call met the killing, so nothing was tried")
    }

    private static func allMessages(
        of conversation: UUID,
        _ writer: Writer
    ) async throws
        -> [UUID: String]
    {
        var found: [UUID: String] = [:]
        var request = ListMessages(conversationID: conversation, scope: .tree, pageSize: 100)
        repeat {
            let page = try await writer.call(request)
            for message in page.messages {
                #expect(found[message.id] == nil, "message \(message.id) came twice")
                found[message.id] = message.text
            }
            request.pageToken = page.nextPageToken
        } while request.pageToken != nil
        return found
    }
}

/// Which message each number became, as the service acknowledged it.
private final class Progress: Sendable {
    private let messages = Mutex<[Int: UUID]>([:])

    var count: Int { self.messages.withLock(\.count) }
    var all: [Int: UUID] { self.messages.withLock(\.self) }

    func acknowledged(_ number: Int, as id: UUID) {
        self.messages.withLock { $0[number] = id }
    }
}

/// A person who tries until a call succeeds, with a new token when the old one is about to expire.
///
/// Most of it the client does by itself, because the calls carry keys.
private final class Writer: Sendable {
    private struct Calls {
        var underWay = 0
        var interrupted = 0
    }

    private let person: Mutex<(Person, ContinuousClock.Instant)>
    private let calls = Mutex(Calls())

    init(_ person: Person) { self.person = Mutex((person, .now)) }

    /// How many calls were under way whenever something was killed.
    var interruptedCount: Int { self.calls.withLock(\.interrupted) }

    /// Something has just been killed.
    func noteInterruption() { self.calls.withLock { $0.interrupted += $0.underWay } }

    func call<M: UnaryMethod>(_ request: M) async throws -> M.Reply {
        self.calls.withLock { $0.underWay += 1 }
        defer { self.calls.withLock { $0.underWay -= 1 } }
        for _ in 0..<200 {
            do {
                return try await self.current().call(request)
            } catch let error as RPCError
                where [.unavailable, .deadlineExceeded, .resourceExhausted].contains(error.code)
            {
                try await Task.sleep(for: .milliseconds(50))
            }
        }
        throw TestFailure("\(M.contract.name) failed 200 times")
    }

    private func current() async throws -> Person {
        let (person, since) = self.person.withLock(\.self)
        guard ContinuousClock.now - since > .seconds(200) else { return person }
        let renewed = try await person.signInAgain()
        self.person.withLock { $0 = (renewed, .now) }
        return renewed
    }
}
