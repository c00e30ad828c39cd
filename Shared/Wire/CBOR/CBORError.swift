/// Why bytes could not be read as CBOR or as the type asked for, or a value could not be written.
///
/// The path names the field as a programmer would, for example `message.parts[3].size`; it is
/// empty for the outermost item. Keys that come from a peer are shortened and escaped, so a path
/// may be logged.
package struct CBORError: Error, Hashable, CustomStringConvertible {
    /// What was wrong.
    package enum Reason: Hashable, Sendable {
        /// The input ends inside an item, or declares more elements than its bytes could hold.
        case truncated
        /// Bytes follow the item.
        case trailingBytes
        /// Arrays, maps and tags are nested deeper than `CBORLimits.depth`.
        case depthExceeded
        /// There are more items than `CBORLimits.itemCount`.
        case tooManyItems
        /// A map holds the same key twice.
        case duplicateKey
        /// A map inside a map's key isn't in deterministic encoding.
        case nondeterministicKey
        /// A text string isn't UTF-8.
        case invalidUTF8
        /// An item of indefinite length, or a break outside one.
        case indefiniteLength
        /// An initial byte that RFC 8949 reserves (additional information 28 to 30).
        case reservedEncoding
        /// The simple value `undefined`.
        case undefinedRefused
        /// A simple value other than false, true and null.
        case unsupportedSimple(UInt8)
        /// An item of another kind than the type asked for reads.
        case typeMismatch(expected: String, found: String)
        /// A number that the type asked for cannot hold exactly.
        case integerOutOfRange
        /// A required field is absent or null.
        case missingField
        /// A field that the type doesn't know, where unknown fields are refused.
        case unknownField
        /// A well-formed item whose value the type refuses.
        case invalidValue(String)
        /// Text that isn't JSON (RFC 8259), or says what CBOR's model can't hold.
        case invalidJSON(String)
        /// A decoder or one of its containers was used after decoding had ended.
        case decodingEnded
    }

    /// The field, as in `message.parts[3].size`; empty for the outermost item.
    package var path: String

    /// What was wrong.
    package var reason: Reason

    /// Where the offending item begins, in bytes from the input's first; nil when writing.
    package var offset: Int?

    /// Makes an error.
    package init(path: String = "", reason: Reason, offset: Int? = nil) {
        self.path = path
        self.reason = reason
        self.offset = offset
    }

    /// One line that names field, reason and offset.
    package var description: String {
        var line = path.isEmpty ? "the outermost item" : path
        line += ": \(reason)"
        if let offset { line += " (byte \(offset))" }
        return line
    }
}

extension CBORError.Reason: CustomStringConvertible {
    /// The reason in words.
    package var description: String {
        switch self {
        case .truncated: "the input ends too early"
        case .trailingBytes: "bytes follow the item"
        case .depthExceeded: "nested too deeply"
        case .tooManyItems: "too many items"
        case .duplicateKey: "the key occurs twice"
        case .nondeterministicKey: "a map within a key must be in deterministic encoding"
        case .invalidUTF8: "the text is not UTF-8"
        case .indefiniteLength: "indefinite length is not accepted"
        case .reservedEncoding: "the initial byte is reserved"
        case .undefinedRefused: "undefined is not accepted"
        case .unsupportedSimple(let number): "simple(\(number)) is not accepted"
        case .typeMismatch(let expected, let found): "expected \(expected), found \(found)"
        case .integerOutOfRange: "the number is out of range or would lose precision"
        case .missingField: "the field is missing"
        case .unknownField: "the field is unknown"
        case .invalidValue(let why): "invalid value: \(why)"
        case .invalidJSON(let why): "invalid JSON: \(why)"
        case .decodingEnded: "the decoder was used after decoding had ended"
        }
    }
}
