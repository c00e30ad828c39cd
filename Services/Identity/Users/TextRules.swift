internal import RPC

/// Rules for the texts that people give about themselves.
enum TextRules {
    /// A text in normal form without white space around it.
    ///
    /// - Throws: `identity.text_invalid` unless it has a number of code points in `range` and no
    ///   control characters.
    static func check(
        _ text: String, field: String, range: ClosedRange<Int>
    ) throws(RPCError) -> String {
        let text = self.trimmed(text.normalizedToNFC)
        guard range.contains(text.unicodeScalars.count),
            !text.unicodeScalars.contains(where: { self.isControl($0) })
        else {
            throw .invalid(
                field, "text_invalid",
                "\(field) has \(range.lowerBound) to \(range.upperBound) characters, "
                    + "none of them a control character.")
        }
        return text
    }

    /// As ``check(_:field:range:)`` for a field that may be left out or emptied.
    ///
    /// - Returns: `nil` for an absent or empty text.
    static func checkOptional(
        _ text: String?, field: String, atMost limit: Int
    ) throws(RPCError) -> String? {
        guard let text else { return nil }
        let checked = try self.check(text, field: field, range: 0...limit)
        return checked.isEmpty ? nil : checked
    }

    /// A telephone number as it was written.
    ///
    /// - Throws: `identity.phone_invalid` unless it consists of 3 to 32 digits, spaces and
    ///   `+ - ( ) . /`.
    static func checkPhone(_ text: String?) throws(RPCError) -> String? {
        guard let text = text.map(self.trimmed), !text.isEmpty else { return nil }
        guard (3...32).contains(text.utf8.count),
            text.utf8.allSatisfy({ "0123456789+-() ./".utf8.contains($0) })
        else {
            throw .invalid(
                "phone", "phone_invalid",
                "A telephone number has 3 to 32 digits, spaces and + - ( ) . /")
        }
        return text
    }

    /// A name that looks like one of the IANA time zone database; Postgres knows which exist.
    static func checkTimeZone(_ name: String) throws(RPCError) -> String {
        guard (1...64).contains(name.utf8.count), name == "UTC" || name.utf8.contains(0x2F),
            name.utf8.allSatisfy({ self.isTimeZoneCharacter($0) })
        else {
            throw .invalid("timeZone", "time_zone_unknown", "There is no such time zone.")
        }
        return name
    }

    private static func isTimeZoneCharacter(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        default: "/_+-".utf8.contains(byte)
        }
    }

    /// The text without white space at either end.
    static func trimmed(_ text: String) -> String {
        let scalars = text.unicodeScalars
        guard let first = scalars.firstIndex(where: { !$0.properties.isWhitespace }),
            let last = scalars.lastIndex(where: { !$0.properties.isWhitespace })
        else { return "" }
        return String(scalars[first...last])
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        scalar.properties.generalCategory == .control
    }
}
