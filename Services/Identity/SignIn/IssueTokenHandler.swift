internal import IdentityAPI
internal import Postgres
internal import RPC
internal import ServiceKit

/// Issues tokens for one service, to those who have an ordinary one.
struct IssueTokenHandler: Sendable {
    let database: Database
    let tokens: TokenIssuer
    let audit: AuditOutbox

    func register(in methods: inout MethodTable) {
        methods.register(IssueToken.self) { try await self.issue($0, $1) }
    }

    func issue(_ request: IssueToken, _ context: CallContext) async throws -> IssuedToken {
        guard request.audience.isKnown else {
            let names = TokenAudience.knownCases.map(\.rawValue).joined(separator: ", ")
            throw RPCError.invalid(
                "audience", "audience_unknown", "The audience is one of \(names).")
        }
        let caller = try context.requireCaller()
        let issued = try await self.tokens.token(for: request.audience, to: caller)
        try await self.audit.commit(
            .tokenIssued(for: request.audience, in: caller.sessionID), in: context,
            to: self.database)
        return issued
    }
}
