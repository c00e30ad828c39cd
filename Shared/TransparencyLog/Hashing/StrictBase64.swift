internal import FoundationEssentials

/// Padded base64 with the standard alphabet (RFC 4648, section 4), one text per byte string.
///
/// White space, missing padding and set bits beyond the last byte are refused (section 3.5), so
/// that nobody can write a signed file in a second way.
enum StrictBase64 {
    /// Writes bytes.
    static func encode(_ bytes: [UInt8]) -> String { Data(bytes).base64EncodedString() }

    /// Reads bytes; `nil` if the text is not exactly what ``encode(_:)`` writes for them.
    static func decode(_ text: String) -> [UInt8]? {
        guard let data = Data(base64Encoded: text),
            data.base64EncodedString().utf8.elementsEqual(text.utf8)
        else { return nil }
        return Array(data)
    }
}
