import Foundation
import IdentityAPI
import Locks
import RPC
import Testing

@testable import rpcctl

@Suite("Tokens that renew themselves")
struct TokenSourceTests {
    private let directory = TemporaryDirectory()

    private func source(
        origin: String = "here",
        refresh: @escaping @Sendable (String) async throws -> SignedIn
    ) -> TokenSource {
        TokenSource(
            file: SessionFile(directory: self.directory.path, context: "default"), origin: origin,
            refresh: refresh, notice: { _ in })
    }

    @Test("A token with more than a minute left is handed out as it is")
    func fresh() async throws {
        let source = self.source { _ in throw Unexpected() }
        try source.file.save(.sample(accessToken: "a", lifetime: 90))
        #expect(try await source.token() == "a")
    }

    @Test("A token with less than a minute left is exchanged and the new pair is kept")
    func aboutToEnd() async throws {
        let source = self.source { token in
            #expect(token == "refresh a")
            return .sample(accessToken: "b")
        }
        try source.file.save(.sample(accessToken: "a", lifetime: 30))
        #expect(try await source.token() == "b")
        #expect(try source.file.load()?.refreshToken == "refresh b")
    }

    @Test("Many that need a new token at the same time exchange the old one once")
    func once() async throws {
        let counter = Counter()
        let source = self.source { _ in
            counter.value.wrappingAdd(1, ordering: .relaxed)
            await Task.yield()
            return .sample(accessToken: "b")
        }
        try source.file.save(.sample(accessToken: "a", lifetime: 10))
        let tokens = try await withThrowingTaskGroup(of: String?.self) { group in
            for _ in 0..<16 { group.addTask { try await source.token() } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(tokens == Array(repeating: "b", count: 16))
        #expect(counter.value.load(ordering: .relaxed) == 1)
    }

    @Test("A token that a service refused is exchanged though its time is not over")
    func refused() async throws {
        let source = self.source { _ in .sample(accessToken: "b") }
        try source.file.save(.sample(accessToken: "a", lifetime: 300))
        #expect(try await source.token(insteadOf: "a") == "b")
        // Somebody else did it already: what is there is used.
        #expect(try await source.token(insteadOf: "a") == "b")
    }

    @Test("A session that has ended is forgotten")
    func ended() async throws {
        let source = self.source { _ in
            throw RPCError(.unauthenticated, reason: "identity.token_reused", message: "Ended.")
        }
        try source.file.save(.sample(accessToken: "a", lifetime: 10))
        #expect(try await source.token() == nil)
        #expect(try source.file.load() == nil)
    }

    @Test("While identity is away, a token is used to its very end")
    func away() async throws {
        let source = self.source { _ in
            throw RPCError(.unavailable, reason: "rpc.cannot_connect", message: "Away.")
        }
        try source.file.save(.sample(accessToken: "a", lifetime: 30))
        #expect(try await source.token() == "a")
        try source.file.save(.sample(accessToken: "a", lifetime: -30))
        await #expect(throws: RPCError.self) { try await source.token() }
    }

    @Test("A session of another installation is not handed out")
    func elsewhere() async throws {
        let source = self.source(origin: "there") { _ in throw Unexpected() }
        try source.file.save(.sample(accessToken: "a", lifetime: 300))
        #expect(try await source.token() == nil)
    }

    @Test("The lock is held by one at a time and given up when its holder ends")
    func lock() async throws {
        let lock = FileLock(path: self.directory.path + "/x.lock")
        try await lock.held {
            let failure = await #expect(throws: CommandFailure.self) {
                try await lock.held(timeout: .milliseconds(30)) {}
            }
            #expect(failure?.status == .configuration)
        }
        try await lock.held(timeout: .milliseconds(30)) {}
    }

    private struct Unexpected: Error {}
    private final class Counter: Sendable { let value = Atomic<Int>(0) }
}
