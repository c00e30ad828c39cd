import AuditAPI
import RPC

/// The audit service, asked by its contracts.
struct AuditConnection: Sendable {
    private let connection: ServiceConnection
    private let tokens: TokenSource

    init(_ installation: Installation) throws {
        self.connection = try ServiceConnection(service: "audit", installation: installation)
        self.tokens = try installation.tokens()
    }

    /// Calls a method with one reply, with the token if there is one: operators need none for
    /// some of the methods.
    ///
    /// - Throws: a ``CommandFailure``.
    func ask<M: UnaryMethod>(_ request: M) async throws -> M.Reply {
        try await self.withToken { token in
            try await self.connection.ask(request, token: token)
        }
    }

    /// Reads a stream to its end.
    ///
    /// - Throws: a ``CommandFailure``, or what the body throws.
    func read<M: ServerStreamMethod>(
        _ request: M, _ body: (M.Element) async throws -> Void
    ) async throws {
        var isUntouched = true
        try await self.withToken(mayRepeat: { isUntouched }) { token in
            do {
                let stream = try await self.connection.client.stream(
                    request, options: CallOptions(token: token))
                try await withTaskCancellationHandler {
                    for try await element in stream {
                        isUntouched = false
                        try await body(element)
                    }
                } onCancel: {
                    stream.cancel()
                }
            } catch let error as RPCError {
                try Task.checkCancellation()
                throw self.connection.explain(error)
            }
        }
        try Task.checkCancellation()
    }

    /// Asks with the token, and once more with a new one if the first is refused.
    private func withToken<Answer>(
        mayRepeat: () -> Bool = { true }, _ question: (String?) async throws -> Answer
    ) async throws -> Answer {
        let token = try await self.tokens.token()
        do {
            return try await question(token)
        } catch let failure as CommandFailure where failure.code == .unauthenticated {
            guard let token else { throw failure.hinting("rpcctl sign-in") }
            guard TokenSource.isRefusal(failure.code, failure.reason), mayRepeat(),
                let next = try await self.tokens.token(insteadOf: token)
            else { throw failure }
            return try await question(next)
        }
    }
}
