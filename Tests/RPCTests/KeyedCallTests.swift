import Foundation
import Logging
import Testing

@testable import RPC

/// Fails a number of times as if its outcome were lost.
private struct Write: UnaryMethod, KeyedRequest {
    var failures: Int
    var advice: UInt8 = 3
    var idempotencyKey: String?

    struct Reply: Codable, Sendable { var attempts: [Int] }

    static let contract = MethodContract(
        "test.Write", documentation: "Writes.", access: .anyone, repeatability: .withKey)
    static let fieldDocumentation: [String: String] = [:]
}

@Suite("Calls that are sent again because they carry a key", .timeLimit(.minutes(5)))
struct KeyedCallTests {
    /// A server that notes each attempt.
    private func withServer(
        _ body: (RPCClient, Journal) async throws -> Void
    ) async throws {
        let journal = Journal()
        var methods = MethodTable()
        methods.register(Write.self) { request, context in
            let key = context.idempotencyKey ?? request.idempotencyKey ?? "none"
            journal.record("attempt \(context.attempt) key \(key)")
            if context.attempt < request.failures {
                let retry: RetryAdvice =
                    switch request.advice {
                    case 2: .after(.milliseconds(1))
                    case 3: .ifRepeatable
                    default: .never
                    }
                throw RPCError(.unavailable, reason: "test.lost", message: "Lost.", retry: retry)
            }
            return Write.Reply(attempts: [context.attempt])
        }
        let path = TestService.temporaryPath()
        let server = RPCServer(
            service: "test", build: "1.0", methods: methods, authorizer: OpenAuthorizer(),
            health: { [] }, peerNames: { _ in [] },
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
        try await server.listen(descriptor: try TestService.listen(at: path))
        let client = RPCClient([.unix(path: path)], name: "test")
        try await body(client, journal)
        await client.close()
        await server.drain(grace: .seconds(1))
    }

    @Test("With a key a write whose outcome was lost is sent again, and says how often it was")
    func withKey() async throws {
        try await self.withServer { client, journal in
            let reply = try await client.call(
                Write(failures: 2), options: CallOptions(idempotencyKey: "k"))
            #expect(reply.attempts == [2])
            for attempt in 0...2 { #expect(journal.count("attempt \(attempt) key k") == 1) }
            #expect(journal.count("attempt") == 3)
        }
    }

    @Test("A key in the request counts like one that goes with the call")
    func inRequest() async throws {
        try await self.withServer { client, journal in
            _ = try await client.call(Write(failures: 1, idempotencyKey: "r"))
            #expect(journal.count("attempt 1 key r") == 1)
            #expect(journal.count("attempt") == 2)
        }
    }

    @Test("Without a key it is sent once, and the caller learns that the outcome is not known")
    func withoutKey() async throws {
        try await self.withServer { client, journal in
            let error = await #expect(throws: RPCError.self) {
                try await client.call(Write(failures: 1))
            }
            #expect(error?.reason == "test.lost" && error?.retry == .ifRepeatable)
            #expect(journal.count("attempt") == 1)
        }
    }

    @Test("What must never be repeated is not, with a key either; what was not done needs none")
    func advice() async throws {
        try await self.withServer { client, journal in
            await #expect(throws: RPCError.self) {
                try await client.call(
                    Write(failures: 1, advice: 0), options: CallOptions(idempotencyKey: "k"))
            }
            #expect(journal.count("attempt") == 1)
            _ = try await client.call(Write(failures: 1, advice: 2))
            #expect(journal.count("attempt") == 3)
        }
    }
}
