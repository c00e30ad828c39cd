import AuditAPI
import Postgres
import Sodium
import Testing

@testable import RPC
@testable import ServiceKit

/// Fails as asked.
private struct Fail: UnaryMethod {
    typealias Reply = Empty

    var code: UInt8
    var reason: String

    static let contract = MethodContract(
        "shop.Fail", documentation: "Fails.", access: .anyone, repeatability: .never)
    static let fieldDocumentation = ["code": "With which code.", "reason": "Why."]
}

@Suite("Calls that a handler refuses are recorded", .timeLimit(.minutes(1)))
struct HandlerRefusalTests {
    /// Serves a method that fails as asked, and tells what its caller is told.
    private func failures(
        _ shop: Shop, database: Database, world: AccessWorld, token: String?,
        _ requests: [(RPCErrorCode, String)]
    ) async throws -> [String?] {
        let recorder = DenialRecorder(outbox: shop.outbox, database: database, logger: .nobody)
        let task = Task { try await recorder.run() }
        defer { task.cancel() }
        var methods = MethodTable()
        methods.register(Fail.self) { request, _ in
            throw RPCError(
                RPCErrorCode(rawValue: request.code), reason: request.reason, message: "No.")
        }
        let server = RPCServer(
            service: "shop", build: "1", methods: methods,
            authorizer: AccessAuthorizer(
                state: world.state, recorder: recorder, recordedReasons: ["shop.recorded"],
                furtherReasons: ["shop.too_often"], logger: .nobody, clock: world.clock.clock),
            health: { [] }, peerNames: { _ in ["gateway"] }, logger: .nobody)
        let directory = try TemporaryDirectory()
        let socket = try OwnedUnixSocket(
            path: "\(directory.path)/shop.sock", mode: 0o600, group: nil)
        try await server.listen(descriptor: socket.descriptor)
        let client = RPCClient([.unix(path: "\(directory.path)/shop.sock")])
        var options = CallOptions()
        options.token = token
        options.metadata = [AuditOutbox.addressKey: "192.0.2.1"]
        var answers: [String?] = []
        for (code, reason) in requests {
            let error = await #expect(throws: RPCError.self) {
                try await client.call(
                    Fail(code: code.rawValue, reason: reason), options: options)
            }
            answers.append(error?.reason)
        }
        await client.close()
        await server.drain(grace: .zero)
        return answers
    }

    @Test("A refusal is there before the caller hears of it; other failures are not refusals")
    func recorded() async throws {
        try await Shop.with { shop in
            let world = try await AccessWorld()
            let requests: [(RPCErrorCode, String)] = [
                (.permissionDenied, "shop.not_yours"), (.unauthenticated, "shop.ended"),
                (.unauthenticated, "shop.recorded"), (.resourceExhausted, "shop.too_often"),
                (.resourceExhausted, "shop.busy"), (.notFound, "shop.not_found"),
            ]
            let recorded = ["shop.not_yours", "shop.ended", "shop.too_often"]
            for token in [try await world.token(), nil] {
                try await shop.change("DELETE FROM shop.audit_outbox")
                let answers = try await self.failures(
                    shop, database: shop.database, world: world, token: token, requests)
                #expect(answers == requests.map(\.1))
                let events = try await shop.events()
                #expect(events.map(\.reason) == recorded)
                #expect(events.allSatisfy { $0.action == .accessDenied && $0.outcome == .denied })
                #expect(events.allSatisfy { $0.method == "shop.Fail" && $0.peer != nil })
                #expect(
                    events.allSatisfy { $0.actorID == (token == nil ? nil : world.userID) })
                #expect(try await shop.count("payload IS NOT NULL") == recorded.count)
            }
        }
    }

    @Test("A refusal that cannot be recorded is told as that")
    func databaseAway() async throws {
        try await Shop.with { shop in
            let away = Shop.open("host=/nonexistent dbname=none")
            let answers = try await self.failures(
                shop, database: away, world: try await AccessWorld(), token: nil,
                [(.permissionDenied, "shop.not_yours"), (.notFound, "shop.not_found")])
            // The client tries again until its time is over, and hears the one or the other.
            let unrecorded = ["audit.not_recorded", "rpc.deadline_exceeded"]
            #expect(unrecorded.contains(answers[0] ?? ""))
            #expect(answers[1] == "shop.not_found")
            await away.close()
        }
    }
}
