public import RPC

/// What somebody did with a secret.
public struct SecretAccessType: OpenEnumeration {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }

    /// They read a version.
    public static let read = Self(rawValue: "read")
    /// They put or changed something.
    public static let write = Self(rawValue: "write")
    /// They deleted or destroyed something.
    public static let delete = Self(rawValue: "delete")

    public static let knownCases: [Self] = [.read, .write, .delete]
}
