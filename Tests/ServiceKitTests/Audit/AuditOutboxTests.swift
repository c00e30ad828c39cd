import AuditAPI
import AuditFormat
import Postgres
import Testing

import struct FoundationEssentials.Data
import struct FoundationEssentials.Date
import struct FoundationEssentials.UUID

@testable import RPC
@testable import ServiceKit

@Suite("What is written to the outbox")
struct AuditOutboxTests {
    private func context(
        of person: UUID, by peer: Peer, metadata: [String: String] = [:]
    ) -> CallContext {
        CallContext(
            method: "shop.Sell", peer: peer,
            caller: Caller(
                userID: person, sessionID: person, authenticatedAt: Date(),
                expiresAt: .distantFuture),
            deadline: .now + .seconds(60), idempotencyKey: nil, attempt: 0, trace: nil,
            metadata: metadata, token: nil, logger: .nobody)
    }

    @Test(
        "Denials find room in half of it, callers in nine tenths, repair in all",
        arguments: [
            (AuditPriority.denial, 50), (.ordinary, 90), (.repair, 100),
        ])
    func room(priority: AuditPriority, room: Int) throws {
        let gauge = OutboxGauge(limit: 100)
        gauge.set(counted: room - 1)
        try gauge.take(priority)
        #expect(gauge.depth == room)
        for depth in [room, room + 1] {
            gauge.set(counted: depth)
            let error = #expect(throws: RPCError.self) { try gauge.take(priority) }
            #expect(error?.reason == "audit.outbox_full")
            #expect(error?.code == .unavailable)
            // Who may repeat the call would else wait for as long as it may take.
            #expect(error?.retry == .never)
            #expect(gauge.depth == depth)
        }
        gauge.set(counted: 89)
        #expect(!gauge.isFull)
        gauge.set(counted: 90)
        #expect(gauge.isFull)
    }

    @Test("The smallest outbox, and one whose limit ten does not divide, have room for each")
    func roomOfSmall() {
        #expect(OutboxGauge(limit: 0).limit == 10)
        let gauge = OutboxGauge(limit: 19)
        #expect(gauge.room(for: .denial) == 9)
        #expect(gauge.room(for: .ordinary) == 18)
        #expect(gauge.room(for: .repair) == 19)
    }

    @Test("What is recorded while a count lasts is counted on top of it")
    func countInBetween() throws {
        let gauge = OutboxGauge(limit: 100)
        for _ in 0..<5 { try gauge.take(.ordinary) }
        let recorded = gauge.recorded
        for _ in 0..<3 { try gauge.take(.ordinary) }
        gauge.set(counted: 5, at: recorded)
        #expect(gauge.depth == 8)
        gauge.set(counted: 2)
        #expect(gauge.depth == 2)
    }

    @Test("A full outbox refuses before anything is done")
    func full() async throws {
        try await Shop.with { (shop: Shop) async throws in
            shop.gauge.set(counted: shop.gauge.room(for: .ordinary))
            await #expect(throws: RPCError.self) { try await shop.sell(["a"]) }
            let saleCount: Int = try await shop.value("SELECT count(*) FROM shop.sales")
            #expect(saleCount == 0)
            #expect(try await shop.count() == 0)
        }
    }

    @Test("An event says who called and how, and what is personal is bound to it by a commitment")
    func source() async throws {
        try await Shop.with { shop in
            let person = UUID()
            let metadata = ["client-address": "192.0.2.1", "user-agent": "browser"]
            for peer in ["gateway", "conversations"] {
                try await shop.outbox.commit(
                    AuditFact(.secretRead, of: AuditResource("secret", "x"), isSensitive: true),
                    in: self.context(
                        of: person, by: Peer(source: .inProcess, names: [peer]),
                        metadata: metadata),
                    to: shop.database)
            }
            let rows = try await shop.admin.query(
                "SELECT event, payload, salt FROM shop.audit_outbox ORDER BY id", as: .nobody
            ).rows
            let events = try rows.map { try AuditEvent(bytes: try $0.get("event")) }
            #expect(events.map(\.peer) == ["gateway", "conversations"])
            #expect(events.allSatisfy { $0.actorID == person && $0.sessionID == person })
            #expect(events.allSatisfy { $0.method == "shop.Sell" && $0.isSensitive })
            // Only a gateway is believed.
            #expect(try rows[1].get("payload", as: Data?.self) == nil)
            #expect(events[1].payloadCommitment == nil)
            let payload = try rows[0].get("payload", as: Data.self)
            #expect(
                try AuditPayload(bytes: payload)
                    == AuditPayload(clientAddress: "192.0.2.1", userAgent: "browser"))
            #expect(
                events[0].payloadCommitment
                    == AuditPayload.commitment(
                        toBytes: payload, salt: try rows[0].get("salt", as: Data.self)))
        }
    }

    @Test("Names of any length and shape are cut so that the event fits")
    func longNames() async throws {
        try await Shop.with { shop in
            let tower = "e" + String(repeating: "\u{301}", count: 50_000)
            var fact = AuditFact(
                .roleChanged, of: AuditResource(tower, tower), reason: tower,
                payload: AuditPayload(
                    username: tower, clientAddress: tower, userAgent: tower,
                    errorMessage: tower))
            fact.isSensitive = true
            let peer = Peer(source: .inProcess, names: [tower])
            try await shop.outbox.commit(
                fact, in: self.context(of: UUID(), by: peer), to: shop.database)
            let event = try #require(try await shop.events().first)
            #expect(try event.canonicalBytes.count <= ProducedEntry.eventByteCountLimit)
            #expect(event.resourceID?.utf8.count == 399)
            #expect(tower.unicodeScalars.starts(with: try #require(event.peer).unicodeScalars))
            let size = try await shop.value(
                "SELECT octet_length(payload) FROM shop.audit_outbox", as: Int32.self)
            #expect(size < 8_192)
        }
    }

    @Test(
        "A payload of 64 KiB is kept whole; of a larger one it is said that it was there",
        arguments: [(-1, false), (0, false), (1, true)])
    func payloadLimit(surplus: Int, isCut: Bool) async throws {
        func payload(_ count: Int) -> AuditPayload {
            AuditPayload(
                details: .object(["text": .string(String(repeating: "x", count: count))]))
        }
        let overhead = try payload(60_000).canonicalBytes.count - 60_000
        let limit = ProducedEntry.payloadByteCountLimit
        let chosen = payload(limit - overhead + surplus)
        #expect(try chosen.canonicalBytes.count == limit + surplus)
        try await Shop.with { shop in
            try await shop.outbox.commit(
                AuditFact(.settingChanged, payload: chosen), in: nil, to: shop.database)
            let kept = try AuditPayload(
                bytes: try await shop.value("SELECT payload FROM shop.audit_outbox"))
            let cut = JSONValue.object(["truncated": .boolean(true)])
            #expect(kept == (isCut ? AuditPayload(details: cut) : chosen))
        }
    }

    @Test("The table itself refuses what the log would not take")
    func tableLimits() async throws {
        try await Shop.with { shop in
            func isTaken(event: Int, payload: Int?, salt: Int?) async throws -> Bool {
                func bytes(_ count: Int?) -> Data? { count.map { Data(count: $0) } }
                do {
                    _ = try await shop.database.write(
                        """
                        INSERT INTO shop.audit_outbox (id, event, payload, salt, ready_at)
                        VALUES (uuidv7(), \(bytes(event)), \(bytes(payload)), \(bytes(salt)),
                            now())
                        """,
                        as: .nobody)
                    return true
                } catch let error as DatabaseError where error.code == .rowSecurityViolation {
                    return false
                }
            }
            for (event, payload, salt, expected) in [
                (0, nil, nil, false), (1, nil, nil, true), (8_191, nil, nil, true),
                (8_192, nil, nil, true), (8_193, nil, nil, false), (9, 65_535, 32, true),
                (9, 65_536, 32, true), (9, 65_537, 32, false), (9, 0, 32, false),
                (9, 1, nil, false), (9, nil, 32, false), (9, 1, 31, false), (9, 1, 33, false),
            ] as [(Int, Int?, Int?, Bool)] {
                let taken = try await isTaken(event: event, payload: payload, salt: salt)
                #expect(taken == expected, "\(event) \(payload ?? -1) \(salt ?? -1)")
            }
        }
    }
}
