import AuditAPI
import Logging
import Postgres
import RPC
import Testing

import struct FoundationEssentials.UUID

@testable import ServiceKit

@Suite("Refused calls are recorded", .timeLimit(.minutes(2)))
struct DenialRecorderTests {
    private let peer = Peer(source: .inProcess, names: ["gateway"])

    /// A recorder that runs meanwhile.
    private func with(
        _ shop: Shop, database: Database? = nil, _ body: (DenialRecorder) async throws -> Void
    ) async throws {
        let recorder = DenialRecorder(
            outbox: shop.outbox, database: database ?? shop.database, logger: .nobody)
        let task = Task { try await recorder.run() }
        defer { task.cancel() }
        try await body(recorder)
    }

    private func refuse(
        _ recorder: DenialRecorder, _ reason: String = "rpc.token_missing",
        actor: UUID? = nil, method: String = "shop.Sell"
    ) async throws {
        try await recorder.record(
            AuditFact(
                .accessDenied, outcome: .denied, reason: reason, actorID: actor,
                priority: .denial),
            method: method, peer: self.peer)
    }

    /// Many refusals at once.
    private func refuse(
        _ recorder: DenialRecorder, count: Int,
        _ refusal: @escaping @Sendable (Int) -> (reason: String, method: String)
    ) async throws {
        try await withThrowingTaskGroup { group in
            for number in 0..<count {
                let (reason, method) = refusal(number)
                group.addTask { try await self.refuse(recorder, reason, method: method) }
            }
            try await group.waitForAll()
        }
    }

    @Test("A known caller's refusals are an event each, there before the caller hears")
    func known() async throws {
        try await Shop.with { shop in
            try await self.with(shop) { recorder in
                let (ada, eve) = (UUID(), UUID())
                for (number, actor) in [ada, eve, ada].enumerated() {
                    try await self.refuse(recorder, "rpc.permission_missing", actor: actor)
                    #expect(try await shop.count() == number + 1)
                }
                let events = try await shop.events()
                #expect(events.map(\.actorID) == [ada, eve, ada])
                #expect(events.allSatisfy { $0.outcome == .denied && $0.count == 1 })
                #expect(events.allSatisfy { $0.action == .accessDenied && $0.peer == "gateway" })
            }
        }
    }

    @Test("Unknown callers' refusals are told by kind with exact counts")
    func unknown() async throws {
        try await Shop.with { shop in
            try await self.with(shop) { recorder in
                try await self.refuse(recorder, count: 900) { ("r\($0 % 3)", "shop.Sell") }
                try await self.refuse(recorder, count: 300) { ("r\($0 % 3)", "shop.Sell") }
                let events = try await shop.events()
                #expect(events.map(\.reason).sorted { $0 ?? "" < $1 ?? "" } == ["r0", "r1", "r2"])
                #expect(events.map(\.count) == [400, 400, 400])
                #expect(events.allSatisfy { $0.actorID == nil && $0.method == "shop.Sell" })
                // However many come, they take the room of three.
                #expect(shop.gauge.depth == 3)
                // The relay leaves them alone while they are counted up.
                #expect(try await shop.count("ready_at > now()") == 3)
            }
        }
    }

    @Test("More than 256 kinds at a time are told as one, and none is lost")
    func manyKinds() async throws {
        try await Shop.with { shop in
            try await self.with(shop) { recorder in
                try await self.refuse(recorder, count: 700) { ("r", "shop.M\($0 % 350)") }
                let events = try await shop.events()
                #expect(events.count == 257)
                #expect(events.reduce(0) { $0 + $1.count } == 700)
                let others = events.filter { $0.reason == "audit.many_denials" }
                #expect(others.map(\.count) == [2 * (350 - 256)])
                #expect(others.allSatisfy { $0.method == nil && $0.peer == nil })
            }
        }
    }

    @Test("Without room even known callers' refusals are counted, and none is lost")
    func withoutRoom() async throws {
        try await Shop.with { shop in
            shop.gauge.set(counted: shop.gauge.room(for: .denial))
            try await self.with(shop) { recorder in
                for _ in 0..<5 { try await self.refuse(recorder, actor: UUID()) }
                try await self.refuse(recorder, count: 100) { ("r\($0)", "shop.Sell") }
                let events = try await shop.events()
                #expect(events.map(\.reason) == ["audit.many_denials"])
                #expect(events.map(\.count) == [105])
            }
        }
    }

    @Test("What comes after the relay took an event is counted in another one")
    func relayWasQuicker() async throws {
        try await Shop.with { shop in
            try await self.with(shop) { recorder in
                for _ in 0..<2 { try await self.refuse(recorder) }
                try await shop.change("UPDATE shop.audit_outbox SET ready_at = NULL")
                for _ in 0..<3 { try await self.refuse(recorder) }
                #expect(try await shop.events().map(\.count) == [2, 3])
            }
        }
    }

    @Test("What cannot be recorded is told as that and nothing else", arguments: [true, false])
    func databaseAway(isKnown: Bool) async throws {
        try await Shop.with { shop in
            let away = Shop.open("host=/nonexistent dbname=none")
            try await self.with(shop, database: away) { recorder in
                let error = await #expect(throws: RPCError.self) {
                    try await self.refuse(recorder, actor: isKnown ? UUID() : nil)
                }
                #expect(error?.code == .unavailable)
                #expect(error?.reason == "audit.not_recorded")
            }
            await away.close()
        }
    }

    @Test("A recorder that has ended lets nobody wait")
    func ended() async throws {
        try await Shop.with { shop in
            let recorder = DenialRecorder(
                outbox: shop.outbox, database: shop.database, logger: .nobody)
            let task = Task { try await recorder.run() }
            try await self.refuse(recorder)
            task.cancel()
            try await task.value
            let error = await #expect(throws: RPCError.self) { try await self.refuse(recorder) }
            #expect(error?.reason == "audit.not_recorded")
            #expect(try await shop.events().map(\.count) == [1])
        }
    }

    @Test("Who may not call hears it once it is recorded, with who it was where a token says so")
    func authorizer() async throws {
        try await Shop.with { shop in
            let world = try await AccessWorld()
            let contract = MethodContract(
                "shop.Sell", documentation: "", access: .permission("shop:sell"),
                repeatability: .readOnly)
            func refusal(token: String?, database: Database? = nil) async throws -> String? {
                var reason: String?
                try await self.with(shop, database: database) { recorder in
                    let authorizer = AccessAuthorizer(
                        state: world.state, recorder: recorder, logger: .nobody,
                        clock: world.clock.clock)
                    do {
                        _ = try await authorizer.authorize(
                            contract, token: token, peer: self.peer)
                    } catch let error as RPCError {
                        reason = error.reason
                    }
                }
                return reason
            }
            let token = try await world.token()
            #expect(try await refusal(token: token) == "rpc.permission_missing")
            #expect(try await refusal(token: nil) == "rpc.token_missing")
            #expect(try await refusal(token: "forged") == "rpc.token_invalid")
            let events = try await shop.events()
            #expect(
                events.map(\.reason)
                    == ["rpc.permission_missing", "rpc.token_missing", "rpc.token_invalid"])
            #expect(events.map(\.actorID) == [world.userID, nil, nil])
            #expect(events.map(\.sessionID) == [world.sessionID, nil, nil])
            #expect(events.allSatisfy { $0.method == "shop.Sell" && $0.peer == "gateway" })

            let away = Shop.open("host=/nonexistent dbname=none")
            #expect(try await refusal(token: nil, database: away) == "audit.not_recorded")
            await away.close()
            world.role("seller", ["shop:sell"])
            world.grant(roles: ["seller"])
            #expect(try await refusal(token: token) == nil)
            world.clock.advance(by: .seconds(11))
            #expect(try await refusal(token: token) == "access.stale")
            #expect(try await shop.count() == 3)
        }
    }
}
