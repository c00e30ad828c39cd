public import RPC

/// How it ended.
public struct AuditOutcome: OpenEnumeration {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }

    /// It was done.
    public static let succeeded = Self(rawValue: "succeeded")
    /// It was allowed and did not work.
    public static let failed = Self(rawValue: "failed")
    /// It was not allowed.
    public static let denied = Self(rawValue: "denied")

    public static let knownCases: [Self] = [.succeeded, .failed, .denied]
}
