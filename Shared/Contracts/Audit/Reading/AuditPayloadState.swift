public import RPC

/// What has become of an event's payload.
public struct AuditPayloadState: OpenEnumeration {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }

    /// It is there.
    public static let present = Self(rawValue: "present")
    /// The event never had one.
    public static let none = Self(rawValue: "none")
    /// It was erased with the data of a person.
    public static let erased = Self(rawValue: "erased")
    /// Its retention was over.
    public static let expired = Self(rawValue: "expired")
    /// It is gone, and no record says why: somebody has removed it.
    public static let missing = Self(rawValue: "missing")

    public static let knownCases: [Self] = [.present, .none, .erased, .expired, .missing]
}
