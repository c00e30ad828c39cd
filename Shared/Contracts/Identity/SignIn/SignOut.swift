public import RPC

/// Ends the session that the call is made with; its streams end everywhere.
public struct SignOut: UnaryMethod {
    /// Asks to end the session.
    public init() {}

    public typealias Reply = Empty

    public static let contract = MethodContract(
        "identity.SignOut",
        documentation: "Ends the session that the call is made with.",
        access: .signedIn,
        repeatability: .idempotent,
        auditAction: "signed_out",
        unknownFields: .reject
    )

    public static let fieldDocumentation: [String: String] = [:]
}
