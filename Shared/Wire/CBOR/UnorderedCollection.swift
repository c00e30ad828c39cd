/// The standard library's collections whose `Codable` form needs help from the codec.
///
/// A dictionary whose keys are neither strings nor integers encodes itself as a flat array of
/// keys and values; the codec sends a map. A set has no order of its own; the codec sorts it, so
/// that equal sets give equal bytes.
protocol UnorderedCollection {
    /// The dictionary's key type, or nil for a set.
    static var dictionaryKeyType: (Any.Type)? { get }
}

extension Dictionary: UnorderedCollection {
    static var dictionaryKeyType: (Any.Type)? { Key.self }
}

extension Set: UnorderedCollection {
    static var dictionaryKeyType: (Any.Type)? { nil }
}
