public import RPC

/// Whether a version can be read.
public struct SecretVersionState: OpenEnumeration {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }

    /// It can.
    public static let live = Self(rawValue: "live")
    /// It was deleted and can be brought back.
    public static let deleted = Self(rawValue: "deleted")
    /// Its keys are gone; nobody can read it ever again.
    public static let destroyed = Self(rawValue: "destroyed")

    public static let knownCases: [Self] = [.live, .deleted, .destroyed]
}
