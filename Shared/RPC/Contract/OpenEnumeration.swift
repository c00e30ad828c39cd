/// An enumeration that crosses the wire as its string and carries values it does not know.
///
/// Conform a struct with one stored `rawValue` and a static constant per case.  A value that a
/// newer peer sends decodes, compares and encodes like any other, so that nothing is lost in
/// between.
public protocol OpenEnumeration: RawRepresentable, Codable, Hashable, Sendable,
    CustomStringConvertible
where RawValue == String {
    /// The values this version knows, in the order in which to show them.
    static var knownCases: [Self] { get }
    /// Makes a value, known or not.
    init(rawValue: String)
}

extension OpenEnumeration {
    /// Whether this version knows the value.
    public var isKnown: Bool { Self.knownCases.contains(self) }
    /// The string on the wire.
    public var description: String { self.rawValue }
}

/// A type that reflection cannot decode from empty values, and so brings a value of its own.
public protocol ReflectionExample {
    /// Any valid value.
    static var reflectionExample: Self { get }
}
