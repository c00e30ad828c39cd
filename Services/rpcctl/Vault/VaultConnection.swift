import IdentityAPI
import RPC
import SecretFormat
import Sodium
import VaultAPI
import Wire

import struct FoundationEssentials.UUID

/// The vault, asked by its contracts, as whoever is signed in.
struct VaultConnection: VaultAsker {
    private let connection: ServiceConnection
    private let identity: ServiceConnection
    private let tokens: TokenSource

    init(_ installation: Installation) throws {
        self.connection = try ServiceConnection(service: "vault", installation: installation)
        self.identity = try ServiceConnection(service: "identity", installation: installation)
        self.tokens = try installation.tokens()
    }

    /// Calls a method.
    ///
    /// - Throws: a ``CommandFailure``.
    func ask<M: UnaryMethod>(_ request: M) async throws -> M.Reply {
        try await self.tokens.ask { token in
            guard let audience = M.contract.access.audience else {
                return try await self.connection.ask(request, token: token)
            }
            let issued = try await self.identity.ask(
                IssueToken(audience: TokenAudience(rawValue: audience)), token: token)
            return try await self.connection.ask(request, token: issued.accessToken)
        }
    }

    /// Reads a stream to its end.
    ///
    /// - Throws: a ``CommandFailure``, or what the body throws.
    func read<M: ServerStreamMethod>(
        _ request: M, _ body: (M.Element) throws -> Void
    ) async throws {
        try await self.tokens.ask { token in
            do {
                let stream = try await self.connection.client.stream(
                    request, options: CallOptions(token: token))
                try await withTaskCancellationHandler {
                    for try await element in stream { try body(element) }
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

    /// The secret that somebody names.
    func secret(_ secret: SecretOptions) async throws -> Secret {
        try await self.ask(
            DescribeSecret(
                secretID: secret.secret.id, name: secret.secret.name,
                ownerID: secret.secret.id == nil ? secret.owner?.id : nil))
    }
}

/// What seals and opens says no: told as any other failure.
extension CommandFailure {
    /// Says why a value was not sealed or not opened.
    static func unsealed(_ error: SecretFormatError) -> Self {
        Self(.notVerified, reason: "rpcctl.secret_not_verified", error.description)
    }
}
