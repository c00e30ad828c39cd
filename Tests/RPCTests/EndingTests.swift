import Foundation
import Locks
import Testing

@testable import RPC

@Suite("How calls end", .timeLimit(.minutes(5)))
struct EndingTests {
    @Test("Cancelling the caller cancels the handler's task")
    func cancellation() async throws {
        let service = try await TestService()
        let client = service.client()
        let call = Task { try await client.call(Hang(name: "cancelled")) }
        _ = await service.journal.event("hang began cancelled")
        call.cancel()
        let error = await #expect(throws: RPCError.self) { try await call.value }
        #expect(error?.code == .cancelled)
        #expect(await service.journal.event("hang ended") == "hang ended cancelled")
    }

    @Test("A deadline ends the handler and the call")
    func deadline() async throws {
        let service = try await TestService()
        let client = service.client()
        _ = try await client.call(Repeat(text: "connected", count: 1))
        // On a machine under load the time may run out before the call is even sent.
        repeat {
            let error = await #expect(throws: RPCError.self) {
                try await client.call(Hang(name: "late"), options: .init(timeout: .seconds(1)))
            }
            #expect(error?.code == .deadlineExceeded)
        } while !service.journal.contains("hang began late")
        #expect(await service.journal.event("hang ended late") == "hang ended late")
    }

    @Test("A client that vanishes ends all its handlers")
    func vanished() async throws {
        let service = try await TestService()
        let client = service.client()
        let call = Task { try await client.call(Hang(name: "vanished")) }
        let stream = try await client.stream(Count(upTo: .max, padding: 1_000))
        var iterator = stream.makeAsyncIterator()
        #expect(try await iterator.next()?.number == 0)
        _ = await service.journal.event("hang began vanished")
        await client.close()
        _ = await service.journal.event("hang ended vanished")
        _ = await service.journal.event("count ended")
        await #expect(throws: RPCError.self) { try await call.value }
    }

    @Test("Dropping a stream cancels its handler")
    func droppedStream() async throws {
        let service = try await TestService()
        let client = service.client()
        do {
            var iterator = try await client.stream(Count(upTo: .max)).makeAsyncIterator()
            #expect(try await iterator.next()?.number == 0)
        }
        _ = await service.journal.event("count ended")
        #expect(try await client.call(Repeat(text: "a", count: 1)).text == "a")
    }

    @Test("The kernel says who called, and configuration what that user is named")
    func peer() async throws {
        let service = try await TestService()
        _ = try await service.client().call(Repeat(text: "a", count: 1))
        #expect(
            await service.journal.event("peer")
                == "peer unix uid=\(getuid()) pid=\(getpid()) operator")
    }

    @Test("An error carries code, reason, message and details")
    func errors() async throws {
        let service = try await TestService()
        let error = await #expect(throws: RPCError.self) {
            try await service.client().call(Fail(code: 9))
        }
        #expect(
            error
                == RPCError(
                    .failedPrecondition, reason: "test.failed", message: "As you wish.",
                    details: ["why": "test"]))
    }

    @Test("A defect tells the caller nothing of its inside")
    func defect() async throws {
        let service = try await TestService()
        let error = await #expect(throws: RPCError.self) {
            try await service.client().call(Fail(code: nil))
        }
        #expect(error?.code == .internal)
        #expect(error?.message == "The service failed; its log says more.")
    }

    @Test("An unknown method, a malformed request and an unknown field are told apart")
    func badRequests() async throws {
        let service = try await TestService()
        let client = service.client()
        func reason(_ method: String, _ request: some Codable & Sendable) async throws -> String? {
            let call = try await client.open(
                method: method, options: .init(timeout: .seconds(30)),
                request: try RPCClient.encode(request), endsSending: true)
            let error = await #expect(throws: RPCError.self) { try await call.next() }
            return error?.reason
        }
        #expect(try await reason("test.Nothing", Empty()) == "rpc.method_unknown")
        #expect(try await reason("test.Repeat", ["text": "x"]) == "rpc.message_invalid")
        #expect(try await reason("test.Fail", ["dryRun": true]) == "rpc.message_invalid")
        #expect(try await reason("test.Repeat", [1, 2, 3]) == "rpc.message_invalid")
    }

    @Test("A service that is not there is said to be unavailable, with the address")
    func notThere() async throws {
        let client = RPCClient([.unix(path: "/tmp/steward-nobody.sock")])
        let error = await #expect(throws: RPCError.self) {
            try await client.call(
                Repeat(text: "a", count: 1), options: .init(timeout: .seconds(20)))
        }
        #expect(error?.code == .unavailable)
        #expect(error?.reason == "rpc.cannot_connect")
        #expect(error?.message.contains("/tmp/steward-nobody.sock") == true)
    }

    @Test("A restarted service is found again without an error")
    func restart() async throws {
        let first = try await TestService()
        let client = first.client()
        #expect(try await client.call(Repeat(text: "a", count: 1)).text == "a")
        await first.server.drain(grace: .seconds(5))
        let second = try await TestService(path: first.path)
        #expect(try await client.call(Repeat(text: "b", count: 1)).text == "b")
        #expect(second.server.connectionCount == 1)
    }

    @Test("Draining lets open calls finish, refuses later ones, and then closes")
    func drain() async throws {
        let service = try await TestService()
        let client = service.client()
        let upload = try await client.upload(Sum())
        try await upload.send(Sum.Input(number: 40))
        async let drained: Void = service.server.drain(grace: .seconds(30))
        // The client learns of the drain by GOAWAY; until then its calls are still served.
        var refused: RPCError?
        while refused?.code != .unavailable {
            do {
                _ = try await client.call(
                    Repeat(text: "a", count: 1), options: .init(timeout: .seconds(1)))
            } catch let error as RPCError { refused = error }
        }
        #expect(refused?.code == .unavailable)
        try await upload.send(Sum.Input(number: 2))
        #expect(try await upload.finish().sum == 42)
        await drained
        #expect(service.server.connectionCount == 0)
    }

    @Test("Draining ends streams that have no end of their own, and waits for none of them")
    func drainEndsEndless() async throws {
        let service = try await TestService(authorizer: RevocableAuthorizer())
        var iterator = try await service.client().stream(
            Secret(), options: .init(token: "valid")
        ).makeAsyncIterator()
        #expect(try await iterator.next()?.text == "secret")
        await service.server.drain(grace: .seconds(3_600))
        let error = await #expect(throws: RPCError.self) { try await iterator.next() }
        #expect(error?.reason == "rpc.draining")
    }

    @Test("Draining cuts off what outlasts the grace")
    func drainCutsOff() async throws {
        let service = try await TestService()
        let client = service.client()
        let call = Task { try await client.call(Hang(name: "drained")) }
        _ = await service.journal.event("hang began drained")
        await service.server.drain(grace: .milliseconds(50))
        let error = await #expect(throws: RPCError.self) { try await call.value }
        #expect(error?.code == .unavailable)
        _ = await service.journal.event("hang ended drained")
    }

    @Test("A stream ends when its caller's session is revoked")
    func revocation() async throws {
        let authorizer = RevocableAuthorizer()
        let service = try await TestService(authorizer: authorizer)
        var iterator = try await service.client().stream(
            Secret(), options: .init(token: "valid")
        ).makeAsyncIterator()
        #expect(try await iterator.next()?.text == "secret")
        authorizer.revokeAll()
        let error = await #expect(throws: RPCError.self) { try await iterator.next() }
        #expect(error?.code == .unauthenticated)
        _ = await service.journal.event("secret ended")
    }

    @Test("A handler does not run for a caller whom the rule refuses")
    func access() async throws {
        let service = try await TestService(authorizer: RevocableAuthorizer())
        var iterator = try await service.client().stream(Secret()).makeAsyncIterator()
        let error = await #expect(throws: RPCError.self) { try await iterator.next() }
        #expect(error?.code == .unauthenticated)
        #expect(!service.journal.contains("secret"))
    }
}

/// Knows one token, and can revoke it.
final class RevocableAuthorizer: CallAuthorizer {
    private let ends = Mutex<[@Sendable (RPCError) -> Void]>([])

    func authorize(
        _ contract: MethodContract, token: String?, peer: Peer
    ) async throws -> Caller? {
        if contract.access == .anyone { return nil }
        guard token == "valid" else {
            throw RPCError(.unauthenticated, reason: "rpc.token_missing", message: "Sign in first.")
        }
        return Caller(
            userID: UUID(), sessionID: UUID(), authenticatedAt: .now, expiresAt: .distantFuture)
    }

    func whenRevoked(
        _ caller: Caller, end: @escaping @Sendable (RPCError) -> Void
    ) -> RevocationRegistration {
        self.ends.withLock { $0.append(end) }
        return RevocationRegistration()
    }

    func revokeAll() {
        let ends = self.ends.withLock { $0 }
        for end in ends {
            end(RPCError(.unauthenticated, reason: "rpc.session_revoked", message: "Revoked."))
        }
    }
}
