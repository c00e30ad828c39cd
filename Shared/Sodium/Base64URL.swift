/// Base64 with the alphabet that is safe in addresses, without padding (RFC 4648, section 5).
///
/// Decoding is strict: one text per byte string.  Padding, white space, foreign characters and set
/// bits beyond the last byte are refused, so that a token cannot be written in two ways.
package enum Base64URL {
    /// Writes bytes.
    package static func encode(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count * 4 + 2) / 3)
        var buffer: UInt32 = 0
        var bitCount = 0
        for byte in bytes {
            buffer = buffer << 8 | UInt32(byte)
            bitCount += 8
            while bitCount >= 6 {
                bitCount -= 6
                text.append(Self.character(UInt8(buffer >> UInt32(bitCount) & 0x3F)))
            }
            buffer &= (1 << UInt32(bitCount)) - 1
        }
        if bitCount > 0 {
            text.append(Self.character(UInt8(buffer << UInt32(6 - bitCount) & 0x3F)))
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// Reads bytes; `nil` if the text is not exactly what ``encode(_:)`` writes for them.
    package static func decode(_ text: some Sequence<UInt8>) -> [UInt8]? {
        var bytes: [UInt8] = []
        var buffer: UInt32 = 0
        var bitCount = 0
        for character in text {
            guard let value = Self.value(character) else { return nil }
            buffer = buffer << 6 | UInt32(value)
            bitCount += 6
            if bitCount >= 8 {
                bitCount -= 8
                bytes.append(UInt8(buffer >> UInt32(bitCount) & 0xFF))
            }
            buffer &= (1 << UInt32(bitCount)) - 1
        }
        // Six bits left are a character too many; set bits left are a second way to write the same.
        guard bitCount < 6, buffer == 0 else { return nil }
        return bytes
    }

    /// Reads bytes from a string.
    package static func decode(_ text: String) -> [UInt8]? { self.decode(text.utf8) }

    private static func character(_ value: UInt8) -> UInt8 {
        switch value {
        case 0..<26: UInt8(ascii: "A") + value
        case 26..<52: UInt8(ascii: "a") + value - 26
        case 52..<62: UInt8(ascii: "0") + value - 52
        case 62: UInt8(ascii: "-")
        default: UInt8(ascii: "_")
        }
    }

    private static func value(_ character: UInt8) -> UInt8? {
        switch character {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): character - UInt8(ascii: "A")
        case UInt8(ascii: "a")...UInt8(ascii: "z"): character - UInt8(ascii: "a") + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): character - UInt8(ascii: "0") + 52
        case UInt8(ascii: "-"): 62
        case UInt8(ascii: "_"): 63
        default: nil
        }
    }
}
