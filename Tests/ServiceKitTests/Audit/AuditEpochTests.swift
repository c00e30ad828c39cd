import AuditAPI
import Postgres
import RPC
import Testing

import struct FoundationEssentials.UUID

@testable import ServiceKit

@Suite("Outbox and log that contradict each other", .timeLimit(.minutes(2)))
struct AuditEpochTests {
    /// Asks for a new numbering as the command does.
    private func beginEpoch(_ shop: Shop) async throws {
        let fact = AuditFact(
            .auditEpochBegun, of: AuditResource("producer", "begun"), priority: .repair)
        try await shop.store.askForEpoch(recording: try shop.outbox.record(fact, in: nil))
    }

    @Test("After an older database was restored nothing is sent until the numbering begins anew")
    func olderDatabase() async throws {
        try await Shop.with { shop in
            let log = TestLog()
            log.checkpoint(0)
            try await shop.relaying(to: log) { _ in
                try await shop.sell(["a", "b", "c", "d", "e"])
                await log.has(5)
            }
            // As it was after the third: two later ones are unknown, and others come.
            try await shop.restore(upTo: 3)
            let new = (0..<20).map { "new \($0)" }
            try await shop.sell(new)
            try await shop.relaying(to: log) { relay in
                try await shop.wait {
                    relay.health.message?.contains("older database was restored") == true
                }
                #expect(relay.health.message?.contains("up to 5") == true)
                #expect(relay.health.message?.contains("shop begin-audit-epoch") == true)
                log.behave { _ in .answered }
                await log.wasCalled(3)
                #expect(log.entries.count == 5)
                #expect(try await shop.count("sequence IS NULL") == 20)
                #expect(try await shop.count() == 23)
                // What no checkpoint covers could still be lost, and nothing is forgotten for it.
                try await self.beginEpoch(shop)
                try await shop.wait {
                    relay.health.message?.contains("after the log's next checkpoint") == true
                }
                #expect(try await shop.count() == 24)
                log.checkpoint(3)
                log.behave { _ in .answered }
                await log.wasCalled(2)
                #expect(try await shop.count("sequence <= 3") == 3)
                #expect(log.entries.count == 5)
                log.checkpoint(nil)
                await log.has(26)
                try await shop.wait { relay.health.message == nil }
            }
            #expect(try log.names.prefix(5) == ["a", "b", "c", "d", "e"])
            #expect(try log.names.dropFirst(5).sorted() == (new + ["begun"]).sorted())
            #expect(log.entries.suffix(21).map(\.sequence) == Array(1...21))
            #expect(log.epoch == 2)
            #expect(log.complaints.isEmpty)
        }
    }

    @Test("A database that is restored while the relay runs is noticed as well")
    func restoredMeanwhile() async throws {
        try await Shop.with { shop in
            let log = TestLog()
            try await shop.relaying(to: log) { relay in
                try await shop.sell(["a", "b", "c"])
                await log.has(3)
                try await shop.wait { try await shop.count() == 0 }
                try await shop.change("UPDATE shop.audit_producer SET last_sequence = 1")
                try await shop.sell(["d", "e", "f"])
                try await shop.wait {
                    relay.health.message?.contains("older database was restored") == true
                }
                #expect(try await shop.count("sequence IS NULL") == 3)
                try await self.beginEpoch(shop)
                await log.has(7)
            }
            #expect(try log.names.sorted() == ["a", "b", "begun", "c", "d", "e", "f"])
        }
    }

    @Test("A database from before a numbering began anew is noticed, and begins one of its own")
    func olderEpoch() async throws {
        try await Shop.with { shop in
            let log = TestLog()
            try await shop.relaying(to: log) { _ in
                try await shop.sell(["a"])
                await log.has(1)
                try await self.beginEpoch(shop)
                await log.has(2)
                try await shop.wait { try await shop.count() == 0 }
            }
            #expect(log.epoch == 2)
            try await shop.change("UPDATE shop.audit_producer SET epoch = 1, last_sequence = 1")
            try await shop.sell(["b"])
            try await shop.relaying(to: log) { relay in
                try await shop.wait {
                    relay.health.message?.contains("older database was restored") == true
                }
                #expect(log.entries.count == 2)
                try await self.beginEpoch(shop)
                await log.has(4)
            }
            #expect(try log.names == ["a", "begun", "b", "begun"])
            #expect(log.epoch == 3)
        }
    }

    @Test("After an older log was restored it is said which events left the outbox")
    func olderLog() async throws {
        try await Shop.with { shop in
            let log = TestLog()
            log.checkpoint(4)
            try await shop.relaying(to: log) { _ in
                try await shop.sell(["a", "b", "c", "d"])
                await log.has(4)
                try await shop.sell(["e"])
                await log.has(5)
                try await shop.wait { try await shop.count() == 1 }
            }
            // What is still here is sent again, and nothing is wrong.
            log.truncate(to: 4)
            try await shop.relaying(to: log) { _ in await log.has(5) }
            log.truncate(to: 2)
            try await shop.relaying(to: log) { relay in
                try await shop.wait {
                    relay.health.message?.contains("older log was restored") == true
                }
                #expect(relay.health.message?.contains("before 5") == true)
                #expect(log.entries.count == 2)
            }
        }
    }

    @Test("An event that a restored database knows as unsent is not in the log twice")
    func sentAlready() async throws {
        try await Shop.with { shop in
            let log = TestLog()
            log.checkpoint(3)
            let names = (0..<700).map { "sale \($0)" }
            try await shop.relaying(to: log) { _ in
                try await shop.sell(["a", "b", "c"])
                await log.has(3)
                try await shop.sell(names)
                await log.has(703)
            }
            // As it was when nothing after the third had been numbered yet, and one of them was a
            // denial that others were still counted into.
            try await shop.unnumber()
            try await shop.change(
                """
                UPDATE shop.audit_outbox SET ready_at = now() + interval '1 minute'
                WHERE id = (SELECT id FROM shop.audit_outbox ORDER BY id DESC LIMIT 1)
                """)
            try await shop.change("UPDATE shop.audit_producer SET last_sequence = 3")
            try await shop.sell(["new"])
            log.checkpoint(nil)
            try await shop.relaying(to: log) { _ in
                try await self.beginEpoch(shop)
                await log.has(705)
                try await shop.wait { try await shop.count() == 0 }
            }
            #expect(try log.names.sorted() == (["a", "b", "begun", "c", "new"] + names).sorted())
            #expect(log.entries.suffix(2).map(\.sequence) == [1, 2])
            #expect(log.complaints.isEmpty)
        }
    }

    @Test("After an older log was let go on, what cannot be sent again is a gap with its numbers")
    func gap() async throws {
        try await Shop.with { shop in
            let log = TestLog()
            log.checkpoint(4)
            try await shop.relaying(to: log) { _ in
                try await shop.sell(["a", "b", "c", "d"])
                await log.has(4)
                try await shop.sell(["e"])
                await log.has(5)
                try await shop.wait { try await shop.count() == 1 }
            }
            log.truncate(to: 2)
            log.acceptGap()
            try await shop.relaying(to: log) { relay in
                await log.has(5)
                try await shop.sell(["f"])
                await log.has(6)
                try await shop.wait { relay.health.message == nil }
            }
            #expect(try log.names == ["a", "b", "e", "f"])
            #expect(log.gaps == [3...4])
            #expect(log.complaints.isEmpty)
        }
    }

    @Test("To begin the numbering twice harms nothing, nor before the log has heard of it")
    func begunTwice() async throws {
        try await Shop.with { shop in
            let log = TestLog()
            for _ in 0..<2 {
                let known = RelayStore.LogPosition(epoch: 1, durable: 0, prunable: 0)
                let holder = UUID()
                try await shop.sell(["a"])
                try await self.beginEpoch(shop)
                _ = try await shop.store.step(holder: holder, at: nil)
                try await shop.store.returnBatches(holder: holder)
                try await shop.store.beginEpoch(holder: holder, after: known, logEpoch: 0)
                try await shop.endLease()
            }
            try await shop.relaying(to: log) { _ in
                await log.has(4)
                try await shop.wait { try await shop.count() == 0 }
            }
            #expect(try log.names == ["a", "begun", "a", "begun"])
            #expect(log.epoch == 1)
        }
    }

    @Test(
        "An event that was numbered and has been removed is told of, and nothing goes on",
        arguments: [
            "DELETE FROM shop.audit_batches WHERE last_sequence = 2",
            "UPDATE shop.audit_batches SET events = '{NULL}' WHERE last_sequence = 2",
        ] as [SQL])
    func removed(removal: SQL) async throws {
        try await Shop.with { shop in
            let log = TestLog()
            log.checkpoint(0)
            try await shop.relaying(to: log) { _ in
                try await shop.sell(["a"])
                await log.has(1)
            }
            try await shop.sell(["b"])
            let sent = RelayStore.LogPosition(epoch: 1, durable: 1, prunable: 0)
            _ = try await shop.store.step(holder: UUID(), at: sent)
            try await shop.endLease()
            try await shop.change(removal)
            try await shop.sell(["c"])
            try await shop.relaying(to: log) { relay in
                try await shop.wait { relay.health.message?.contains("events 2 to 2") == true }
            }
            #expect(log.entries.count == 1)
        }
    }

    @Test("A gap is recorded too where nothing is left to send")
    func gapBeforeNews() async throws {
        try await Shop.with { shop in
            let log = TestLog()
            try await shop.relaying(to: log) { _ in
                try await shop.sell(["a", "b", "c"])
                await log.has(3)
                try await shop.wait { try await shop.count() == 0 }
            }
            log.truncate(to: 1)
            log.acceptGap()
            try await shop.relaying(to: log) { relay in
                try await shop.sell(["d"])
                await log.has(4)
                try await shop.wait { relay.health.message == nil }
            }
            #expect(log.gaps == [2...3])
            #expect(try log.names == ["a", "d"])
        }
    }

    @Test("An instance that missed the new numbering removes and numbers nothing of it")
    func staleInstance() async throws {
        try await Shop.with { shop in
            let holder = UUID()
            try await shop.sell(["a", "b", "c"])
            let begin = RelayStore.LogPosition(epoch: 1, durable: 0, prunable: 0)
            #expect(try await shop.store.step(holder: holder, at: nil)?.entries.isEmpty == true)
            #expect(try await shop.count("sequence IS NULL") == 3)
            _ = try await shop.store.step(holder: holder, at: begin)
            try await self.beginEpoch(shop)
            let covered = RelayStore.LogPosition(epoch: 1, durable: 2, prunable: 2)
            let asked = try #require(try await shop.store.step(holder: holder, at: covered))
            #expect(asked.beginsEpoch && !asked.agrees(with: covered) && asked.entries.isEmpty)
            // Somebody else, and one who knows another numbering, change nothing.
            try await shop.store.returnBatches(holder: UUID())
            try await shop.store.beginEpoch(holder: UUID(), after: covered, logEpoch: 1)
            let other = RelayStore.LogPosition(epoch: 2, durable: 9, prunable: 9)
            try await shop.store.beginEpoch(holder: holder, after: other, logEpoch: 1)
            #expect(try await shop.count() == 4)
            let uncovered = RelayStore.LogPosition(epoch: 1, durable: 2, prunable: 1)
            try await shop.store.beginEpoch(holder: holder, after: uncovered, logEpoch: 1)
            #expect(try await shop.count("sequence IS NOT NULL") == 3)
            try await shop.store.beginEpoch(holder: holder, after: covered, logEpoch: 1)
            #expect(try await shop.count("sequence IS NOT NULL") == 3)
            try await shop.store.returnBatches(holder: holder)
            #expect(try await shop.count("sequence IS NULL") == 4)
            try await shop.store.beginEpoch(holder: holder, after: covered, logEpoch: 1)
            let stale = try #require(try await shop.store.step(holder: holder, at: covered))
            #expect(stale.epoch == 2 && !stale.agrees(with: covered) && stale.entries.isEmpty)
            #expect(try await shop.count("sequence IS NULL") == 4)
            let anew = RelayStore.LogPosition(epoch: 2, durable: 0, prunable: 0)
            let first = try await shop.store.step(holder: holder, at: anew)
            #expect(first?.entries.map(\.sequence) == [1, 2, 3, 4])
        }
    }
}
