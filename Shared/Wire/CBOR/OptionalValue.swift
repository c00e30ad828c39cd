/// Tells optionals from other types where only the type is at hand.
protocol OptionalValue {
    /// The absent value.
    static var absent: Self { get }
}

extension Optional: OptionalValue {
    static var absent: Self { nil }
}
