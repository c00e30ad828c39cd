public import RPC

/// What the key of an epoch is for.
public struct KeyEpochState: OpenEnumeration {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }

    /// Values are sealed to it.
    public static let active = Self(rawValue: "active")
    /// It opens what was sealed to it, and nothing new is.
    public static let openOnly = Self(rawValue: "open_only")
    /// It is gone.
    public static let destroyed = Self(rawValue: "destroyed")

    public static let knownCases: [Self] = [.active, .openOnly, .destroyed]
}
