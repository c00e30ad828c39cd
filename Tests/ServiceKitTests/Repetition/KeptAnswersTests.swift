import Postgres
import PostgresTestSupport
import RPC
import RPCTestSupport
import ServiceKit
import Sodium
import Testing

import struct FoundationEssentials.UUID

@Suite("Answers that are kept for repeated calls")
struct KeptAnswersTests {
    private struct Refused: Error {}

    @Test("The same call twice is done once and answered alike")
    func twice() async throws {
        try await Payments.with { till in
            let ada = UUID()
            let first = try await till.pay(by: ada)
            #expect(try await till.pay(by: ada, note: "again") == first)
            #expect(try await till.count() == 1)
            #expect(try await till.pay(key: "other", by: ada).number == first.number + 1)
        }
    }

    @Test("Fifty of the same call at once are done once and all answered alike")
    func parallel() async throws {
        try await Payments.with { till in
            let ada = UUID()
            let answers = try await withThrowingTaskGroup(of: Pay.Reply.self) { group in
                for number in 0..<50 {
                    group.addTask {
                        // On a machine under load the pool may refuse some, as it would in service.
                        while true {
                            do {
                                return try await till.pay(by: ada, note: "number \(number)")
                            } catch let error as DatabaseError where error.code == .unavailable {
                                await Task.yield()
                            }
                        }
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(answers.count == 50)
            #expect(Set(answers).count == 1)
            #expect(try await till.count() == 1)
        }
    }

    @Test("The same key of somebody else is another key")
    func callers() async throws {
        try await Payments.with { till in
            let (ada, eve) = (UUID(), UUID())
            let first = try await till.pay(by: ada)
            let second = try await till.pay(by: eve)
            #expect(second.number != first.number)
            #expect(try await till.pay(by: eve) == second)
            #expect(try await till.count() == 2)
        }
    }

    @Test("Another request with the same key is refused, and changes nothing")
    func otherRequest() async throws {
        try await Payments.with { till in
            let ada = UUID()
            let first = try await till.pay(1, by: ada)
            let reason = await refusal { try await till.pay(2, by: ada) }
            #expect(reason == "rpc.idempotency_key_reused")
            #expect(try await till.count() == 1)
            #expect(try await till.pay(1, by: ada) == first)
        }
    }

    @Test("What was refused keeps nothing, and the same call may then be done")
    func refused() async throws {
        try await Payments.with { till in
            let ada = UUID()
            await #expect(throws: Refused.self) {
                try await till.pay(by: ada) { throw Refused() }
            }
            #expect(try await till.count() == 0)
            #expect(try await till.keptCount() == 0)
            await #expect(throws: DatabaseError.self) {
                try await till.pay(by: ada, then: "SELECT 1 / 0")
            }
            #expect(try await till.keptCount() == 0)
            // Nothing was kept, so the key is free for another request too.
            _ = try await till.pay(2, by: ada)
            #expect(try await till.count() == 1)
        }
    }

    @Test("A connection that dies between change and commit leaves neither; the retry does it once")
    func killed() async throws {
        try await Payments.with { till in
            let ada = UUID()
            await #expect(throws: DatabaseError.self) {
                try await till.pay(
                    by: ada, then: "SELECT pg_terminate_backend(pg_backend_pid()), pg_sleep(5)")
            }
            #expect(try await till.count() == 0)
            #expect(try await till.keptCount() == 0)
            let second = try await till.pay(by: ada)
            #expect(try await till.pay(by: ada) == second)
            #expect(try await till.count() == 1)
        }
    }

    @Test("A repeated call waits for the first one, and does it if the first one fails")
    func waits() async throws {
        try await Payments.with { till in
            let ada = UUID()
            let call = try #require(try KeyedCall(Pay(amount: 1), .keyed("k", by: ada)))
            var second: Task<Pay.Reply, any Error>?
            do {
                try await till.database.transaction(as: .person(ada)) { transaction in
                    let results = try await transaction.batch(till.answers.claim(call))
                    let found: Pay.Reply? = try till.answers.answer(to: call, in: results)
                    #expect(found == nil)
                    second = Task { try await till.pay(by: ada) }
                    try await till.wait(
                        until: """
                            SELECT EXISTS (SELECT FROM pg_locks l
                                JOIN pg_stat_activity a USING (pid)
                                WHERE NOT l.granted AND a.datname = current_database())
                            """)
                    throw Refused()
                }
                Issue.record("the first call was not undone")
            } catch is Refused {}
            #expect(try await second?.value.note == "paid")
            #expect(try await till.count() == 1)
        }
    }

    @Test("An answer that has expired is none, whether or not it is still there")
    func expired() async throws {
        try await Payments.with { till in
            let ada = UUID()
            let first = try await till.pay(by: ada)
            let hours: Double = try await till.value(
                """
                SELECT extract(epoch FROM expires_at - created_at)::float8 / 3600
                FROM till.kept_answers
                """)
            #expect(hours == 24)
            func age(_ interval: String) async throws {
                try await till.change(
                    """
                    UPDATE till.kept_answers SET
                        created_at = created_at - \(interval)::text::interval,
                        expires_at = expires_at - \(interval)::text::interval
                    """)
            }
            try await age("23 hours 59 minutes")
            #expect(try await till.pay(by: ada) == first)
            try await age("1 minute")
            #expect(try await till.pay(2, by: ada).number != first.number)
            #expect(try await till.count() == 2)
            #expect(try await till.keptCount() == 1)
        }
    }

    @Test("Expired answers are removed a bounded number at a time, others stay")
    func pruned() async throws {
        try await Payments.with { till in
            try await till.change(
                """
                INSERT INTO till.kept_answers
                    (caller, method, key, request_digest, created_at, expires_at)
                SELECT uuidv7(), 'till.Pay', 'k', sha256(n::text::bytea),
                    now() - interval '2 days', now() - interval '1 day'
                FROM generate_series(1, 25) n
                """)
            let live = try await till.pay(by: UUID())
            #expect(live.note == "paid")
            var removed: [Int] = []
            repeat {
                removed.append(
                    try await till.database.write(
                        till.answers.prune(limit: 10), as: .purpose("prune"))[0].affectedRowCount)
            } while removed.last ?? 0 > 0
            #expect(removed == [10, 10, 5, 0])
            #expect(try await till.keptCount() == 1)
        }
    }

    @Test("An answer too large to be kept: the call is still done once")
    func tooLarge() async throws {
        try await Payments.with { till in
            let ada = UUID()
            let limit = KeptAnswers.byteCountLimit
            for (key, size) in [("fits", limit - 100), ("does not", limit)] {
                let note = String(repeating: "x", count: size)
                let first = try await till.pay(key: key, by: ada, note: note)
                #expect(first.note.utf8.count == size)
                let again = await refusal {
                    try await till.pay(key: key, by: ada, note: note)
                }
                #expect(again == (key == "fits" ? nil : "rpc.answer_not_kept"))
            }
            #expect(try await till.count() == 2)
        }
    }

    @Test("An answer that this version cannot read is told apart from a call that was not made")
    func unreadable() async throws {
        try await Payments.with { till in
            let ada = UUID()
            _ = try await till.pay(by: ada)
            try await till.change("UPDATE till.kept_answers SET answer = '\\xff'")
            #expect(await refusal { try await till.pay(by: ada) } == "rpc.answer_not_kept")
            #expect(try await till.count() == 1)
        }
    }
}
