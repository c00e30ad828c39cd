public import RPC

/// How a secret gets its next value.
public struct RotationMethod: OpenEnumeration {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }

    /// Somebody puts it.
    public static let manual = Self(rawValue: "manual")
    /// The vault makes a random text and puts it, without anybody seeing it.
    public static let random = Self(rawValue: "random")
    /// A program that the vault's operator has set up makes it, seals it and brings it into use.
    public static let hook = Self(rawValue: "hook")
    /// A service that the vault's operator has named does the same, by the methods `rotation.*`.
    public static let peer = Self(rawValue: "peer")

    public static let knownCases: [Self] = [.manual, .random, .hook, .peer]
}
