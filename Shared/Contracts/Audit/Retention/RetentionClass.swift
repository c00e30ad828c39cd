public import RPC

/// What a retention is about: the payloads of a class of events, or metrics.
public struct RetentionClass: OpenEnumeration {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }

    /// Payloads of ``AuditClass/security``; 2,557 days unless set otherwise.
    public static let security = Self(rawValue: "security")
    /// Payloads of ``AuditClass/access``; 731 days unless set otherwise.
    public static let access = Self(rawValue: "access")
    /// Payloads of ``AuditClass/operation``; 366 days unless set otherwise.
    public static let operation = Self(rawValue: "operation")
    /// What services measure of themselves; 90 days unless set otherwise.
    public static let metrics = Self(rawValue: "metrics")

    public static let knownCases: [Self] = [.security, .access, .operation, .metrics]
}
