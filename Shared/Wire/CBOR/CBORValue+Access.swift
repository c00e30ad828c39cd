extension CBORValue {
    /// The value of a text key, compared by UTF-8 bytes; nil for another kind of item or no entry.
    package subscript(_ key: String) -> CBORValue? {
        guard case .map(let pairs) = self else { return nil }
        return pairs.first { pair in
            if case .text(let text) = pair.key { text.utf8.elementsEqual(key.utf8) } else { false }
        }?.value
    }

    /// The element at an index; nil for another kind of item or beyond the end.
    package subscript(_ index: Int) -> CBORValue? {
        guard case .array(let items) = self, items.indices.contains(index) else { return nil }
        return items[index]
    }

    /// The text, or nil.
    package var textValue: String? {
        if case .text(let text) = self { text } else { nil }
    }

    /// The number if it is whole and fits `Int`, or nil.
    package var integerValue: Int? {
        switch self {
        case .unsigned(let number): Int(exactly: number)
        case .negative(let number): number <= UInt64(Int.max) ? ~Int(number) : nil
        default: nil
        }
    }

    /// The number as a float if it is one or is exactly representable, or nil.
    package var doubleValue: Double? {
        switch self {
        case .float(let number): number
        case .unsigned(let number): Double(exactly: number)
        case .negative(.max): -0x1p64
        case .negative(let number): Double(exactly: number + 1).map { -$0 }
        default: nil
        }
    }

    /// The Boolean, or nil.
    package var boolValue: Bool? {
        if case .bool(let value) = self { value } else { nil }
    }

    /// The byte string, or nil.
    package var bytesValue: [UInt8]? {
        if case .bytes(let bytes) = self { bytes } else { nil }
    }

    /// The elements, or nil.
    package var arrayValue: [CBORValue]? {
        if case .array(let items) = self { items } else { nil }
    }

    /// The pairs, or nil.
    package var mapValue: [CBORPair]? {
        if case .map(let pairs) = self { pairs } else { nil }
    }

    /// Whether the item is null.
    package var isNull: Bool {
        if case .null = self { true } else { false }
    }

    /// The item for a whole number.
    package init(_ number: Int) {
        self = number >= 0 ? .unsigned(UInt64(number)) : .negative(UInt64(~number))
    }

    /// Makes a map with text keys, in the order given.
    package init(fields: KeyValuePairs<String, CBORValue>) {
        self = .map(fields.map { CBORPair(.text($0.key), $0.value) })
    }
}

extension CBORValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByBooleanLiteral, ExpressibleByFloatLiteral, ExpressibleByArrayLiteral,
    ExpressibleByDictionaryLiteral
{
    /// A text string.
    package init(stringLiteral value: String) { self = .text(value) }
    /// A whole number.
    package init(integerLiteral value: Int) { self.init(value) }
    /// False or true.
    package init(booleanLiteral value: Bool) { self = .bool(value) }
    /// A float.
    package init(floatLiteral value: Double) { self = .float(value) }
    /// An array.
    package init(arrayLiteral elements: CBORValue...) { self = .array(elements) }
    /// A map, in the order given.
    package init(dictionaryLiteral elements: (CBORValue, CBORValue)...) {
        self = .map(elements.map { CBORPair($0.0, $0.1) })
    }
}
