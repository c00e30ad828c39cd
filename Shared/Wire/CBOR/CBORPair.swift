/// A key and its value in a `CBORValue.map`.
package struct CBORPair: Sendable, Hashable {
    /// The key, of any kind.
    package var key: CBORValue
    /// The value.
    package var value: CBORValue

    /// Makes a pair.
    package init(_ key: CBORValue, _ value: CBORValue) {
        self.key = key
        self.value = value
    }
}
