public import RPC

/// How long an event's payload is kept: each class has its own retention.
public struct AuditClass: OpenEnumeration {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }

    /// Who may do what, secrets, keys, the log itself; 7 years unless set otherwise.
    public static let security = Self(rawValue: "security")
    /// Who came, read and shared what; 2 years unless set otherwise.
    public static let access = Self(rawValue: "access")
    /// What people and services did in the course of their work; 1 year unless set otherwise.
    public static let operation = Self(rawValue: "operation")

    public static let knownCases: [Self] = [.security, .access, .operation]
}

extension AuditAction {
    /// The class whose retention applies; ``AuditClass/security`` for actions not known here, so
    /// that nothing is dropped too early.
    public var auditClass: AuditClass {
        switch self {
        case .signedIn, .signInFailed, .signedOut, .sessionRefreshed, .tokenIssued, .accessDenied,
            .messagesExported, .conversationShared, .secretRead, .linkUsed, .auditRead:
            .access
        case .conversationCreated, .conversationDeleted, .conversationsImported, .orderChanged,
            .executionRequested, .executionFinished, .documentAdded, .documentDeleted,
            .knowledgeChanged, .promptChanged, .dashboardChanged, .serviceStarted,
            .serviceStopped:
            .operation
        default: .security
        }
    }
}
