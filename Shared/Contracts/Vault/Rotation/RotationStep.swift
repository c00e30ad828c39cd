public import RPC

/// What is asked of whoever makes the next value of a secret, one after the other; each may be
/// asked again for the same version.
public struct RotationStep: OpenEnumeration {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }

    /// Make and seal a value; nothing is changed by it yet.
    public static let make = Self(rawValue: "make")
    /// Bring the pending value into use, beside the current one where that is possible.
    public static let set = Self(rawValue: "set")
    /// Try the pending value: afterwards it becomes current.
    public static let confirm = Self(rawValue: "confirm")

    public static let knownCases: [Self] = [.make, .set, .confirm]
}
