public import RPC

/// How a secret gets its next value.
public struct RotationMethod: OpenEnumeration {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }

    /// Somebody puts it.
    public static let manual = Self(rawValue: "manual")
    /// The vault makes a random text and puts it, without anybody seeing it.
    public static let random = Self(rawValue: "random")

    public static let knownCases: [Self] = [.manual, .random]
}
