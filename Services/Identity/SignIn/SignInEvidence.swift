internal import AuditAPI
internal import FoundationEssentials
internal import RPC

/// Where a sign-in comes from, as its events tell.
struct SignInEvidence: Sendable {
    let source: SignInSource
    let userAgent: String?

    /// A payload that says so.
    func payload(username: String? = nil, details: JSONValue? = nil) -> AuditPayload {
        AuditPayload(
            username: username, clientAddress: self.source.clientAddress.map { "\($0)" },
            userAgent: self.userAgent, details: details)
    }
}
