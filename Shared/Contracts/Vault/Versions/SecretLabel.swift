public import RPC

/// A name that points at one version of a secret.
public struct SecretLabel: OpenEnumeration {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }

    /// What readers get who name no version.
    public static let current = Self(rawValue: "current")
    /// What was current before.
    public static let previous = Self(rawValue: "previous")
    /// What is to become current.
    public static let pending = Self(rawValue: "pending")

    public static let knownCases: [Self] = [.current, .previous, .pending]
}
