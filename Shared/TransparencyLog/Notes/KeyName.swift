/// The name of a key that signs notes (C2SP signed-note, “Format”); names are equal byte for byte.
///
/// Usually an address without a scheme, such as `example.com/log`.
package struct KeyName: Sendable {
    /// Not empty; without Unicode spaces, plus signs and ASCII control characters.
    package let text: String

    /// Checks a name; `nil` if a note cannot hold it.
    package init?(_ text: String) {
        guard !text.isEmpty, text.utf8.allSatisfy({ $0 >= 0x20 && $0 != UInt8(ascii: "+") }),
            !text.unicodeScalars.contains(where: \.properties.isWhitespace)
        else { return nil }
        self.text = text
    }
}

// Strings are equal if they look alike in Unicode's eyes; what is signed are their bytes.
extension KeyName: Hashable {
    package static func == (one: KeyName, other: KeyName) -> Bool {
        one.text.utf8.elementsEqual(other.text.utf8)
    }

    package func hash(into hasher: inout Hasher) {
        for byte in self.text.utf8 { hasher.combine(byte) }
    }
}

extension KeyName: CustomStringConvertible {
    package var description: String { self.text }
}
