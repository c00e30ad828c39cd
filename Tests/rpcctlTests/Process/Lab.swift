import Foundation
import Glibc
import IdentityAPI
import Locks
import Logging
import RPC

@testable import rpcctl

/// Two services in this process, `lab` and `identity`, on sockets in a directory of their own.
final class Lab: Sendable {
    /// The token that is valid now; refreshing makes the next one.
    final class Tokens: Sendable, CallAuthorizer {
        private let state = Mutex((generation: 1, refreshCount: 0, isEnded: false))

        var refreshCount: Int { self.state.withLock { $0.refreshCount } }
        var isEnded: Bool { self.state.withLock { $0.isEnded } }

        func pair(lifetime: TimeInterval = 300) -> SignedIn {
            .sample(
                accessToken: self.state.withLock { "token-\($0.generation)" }, lifetime: lifetime)
        }

        /// Makes every token so far invalid, as time would.
        func expire() { self.state.withLock { $0.generation += 1 } }

        func end() { self.state.withLock { $0.isEnded = true } }

        func refresh() throws -> SignedIn {
            try self.state.withLock { state in
                guard !state.isEnded else {
                    throw RPCError(
                        .unauthenticated, reason: "identity.session_revoked",
                        message: "It was revoked.")
                }
                state.generation += 1
                state.refreshCount += 1
            }
            return self.pair()
        }

        func authorize(
            _ contract: MethodContract, token: String?, peer: Peer
        ) async throws -> Caller? {
            if case .peers(let names) = contract.access {
                guard token == nil, names.contains(where: peer.names.contains) else {
                    throw RPCError(
                        .permissionDenied, reason: "rpc.peer_refused",
                        message: "This method is for other services.")
                }
                return nil
            }
            if contract.access == .anyone {
                guard token == nil else {
                    throw RPCError(
                        .internal, reason: "lab.token_leaked",
                        message: "A token came with a call that needs none.")
                }
                return nil
            }
            guard let token else {
                throw RPCError(
                    .unauthenticated, reason: "rpc.token_missing", message: "Sign in first.")
            }
            guard token == self.pair().accessToken, !self.isEnded else {
                throw RPCError(
                    .unauthenticated, reason: "rpc.token_expired", message: "It has expired.")
            }
            let sample = self.pair()
            return Caller(
                userID: sample.user.id, sessionID: sample.sessionID, authenticatedAt: Date(),
                expiresAt: sample.accessTokenExpiresAt)
        }

        func whenRevoked(
            _ caller: Caller, end: @escaping @Sendable (RPCError) -> Void
        ) -> RevocationRegistration { RevocationRegistration() }
    }

    static let password = "correct horse battery staple"

    let directory = TemporaryDirectory()
    let tokens = Tokens()
    let journal = Journal()
    private let servers: [RPCServer]

    init(
        isReady: Bool = true, lifetime: TimeInterval = 300, peerNames: Set<String> = ["operator"]
    ) async throws {
        let tokens = self.tokens
        let logger = Logger(label: "lab", factory: { _ in SwiftLogNoOpLogHandler() })
        var lab = MethodTable()
        Self.register(in: &lab, self.journal)
        var identity = MethodTable()
        Self.registerIdentity(in: &identity, tokens, lifetime: lifetime)
        let services = [("lab", lab), ("identity", identity)]
        self.servers = services.map { name, methods in
            RPCServer(
                service: name, build: "1.2.3", methods: methods, authorizer: tokens,
                health: {
                    let isWell = isReady || name == "identity"
                    let message = isWell ? nil : "no connection"
                    return [DependencyHealth(name: "database", isReady: isWell, message: message)]
                },
                peerNames: { _ in peerNames }, logger: logger)
        }
        mkdir(self.runtimeDirectory, 0o700)
        for (server, service) in zip(self.servers, services) {
            try await server.listen(descriptor: Self.listen(at: self.socket(service.0)))
        }
    }

    var runtimeDirectory: String { self.directory.path + "/run" }

    func socket(_ service: String) -> String { "\(self.runtimeDirectory)/\(service).sock" }

    func stop() async {
        for server in self.servers { await server.drain(grace: .zero) }
    }

    private static func register(in table: inout MethodTable, _ journal: Journal) {
        table.register(Archive.self) { _, _ in
            Archive.Reply(archivedAt: Date(timeIntervalSince1970: 1_363_896_240))
        }
        table.register(Repeat.self) { request, context in
            journal.record("repeated")
            return Repeat.Reply(
                text: String(repeating: request.text, count: request.count ?? 1),
                metadata: context.metadata, idempotencyKey: context.idempotencyKey)
        }
        table.register(Count.self) { request, outbound, _ in
            defer { journal.record("count ended") }
            for number in 0...request.upTo {
                try await outbound.send(Count.Element(number: number))
            }
            if request.waits == true { try await Task.sleep(for: .seconds(600)) }
        }
        table.register(Sum.self) { _, inputs, _ in
            var reply = Sum.Reply(sum: 0, count: 0)
            for try await input in inputs {
                reply.sum += input.number
                reply.count += 1
            }
            return reply
        }
        table.register(Receive.self) { _, inputs, _ in
            var reply = Receive.Reply(byteCount: 0, chunkCount: 0)
            for try await input in inputs {
                reply.byteCount += input.chunk.count
                reply.chunkCount += 1
                reply.lastByte = input.chunk.last
            }
            return reply
        }
        table.register(Twice.self) { _, inputs, outbound, _ in
            for try await input in inputs {
                try await outbound.send(Twice.Element(number: input.number * 2))
            }
        }
        table.register(Fail.self) { request, _ in
            throw RPCError(
                RPCErrorCode(rawValue: request.code), reason: "lab.failed",
                message: "As you wish.", details: ["why": "test"])
        }
        table.register(Hang.self) { _, _ in
            journal.record("hang began")
            defer { journal.record("hang ended") }
            try await Task.sleep(for: .seconds(600))
            return Empty()
        }
    }

    private static func registerIdentity(
        in table: inout MethodTable, _ tokens: Tokens, lifetime: TimeInterval
    ) {
        table.register(SignIn.self) { request, _ in
            guard request.identifier == "ada@example.org", request.password == Self.password else {
                throw RPCError(
                    .unauthenticated, reason: "identity.credentials_invalid",
                    message: "The name or the password is wrong.")
            }
            return tokens.pair(lifetime: lifetime)
        }
        table.register(RefreshSession.self) { _, _ in try tokens.refresh() }
        table.register(SignOut.self) { _, _ in
            tokens.end()
            return Empty()
        }
        table.register(GetMe.self) { _, context in
            let caller = try context.requireCaller()
            return Me(
                user: tokens.pair().user, sessionID: caller.sessionID,
                authenticatedAt: Date(timeIntervalSince1970: 1_363_896_240),
                effectivePermissions: ["users:read"])
        }
    }

    static func listen(at path: String, accepting: Bool = true) throws -> CInt {
        let descriptor = Glibc.socket(
            AF_UNIX, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard result == 0, !accepting || Glibc.listen(descriptor, 128) == 0 else {
            throw POSIXError(.init(rawValue: errno) ?? .EIO)
        }
        return descriptor
    }
}

/// What handlers saw, for tests to wait for.
final class Journal: Sendable {
    private struct State {
        var events: Set<String> = []
        var waiters: [(event: String, continuation: CheckedContinuation<Void, Never>)] = []
    }
    private let state = Mutex(State())

    func record(_ event: String) {
        let waiters = self.state.withLock { state in
            state.events.insert(event)
            let hits = state.waiters.filter { $0.event == event }
            state.waiters.removeAll { $0.event == event }
            return hits
        }
        for waiter in waiters { waiter.continuation.resume() }
    }

    func contains(_ event: String) -> Bool { self.state.withLock { $0.events.contains(event) } }

    /// Waits until an event was recorded.
    func wait(for event: String) async {
        await withCheckedContinuation { continuation in
            let isKnown = self.state.withLock { state in
                if state.events.contains(event) { return true }
                state.waiters.append((event, continuation))
                return false
            }
            if isKnown { continuation.resume() }
        }
    }
}
