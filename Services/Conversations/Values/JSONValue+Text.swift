internal import RPC
internal import Wire

/// What makes a text no JSON value that we take.
struct JSONTextError: Error, Hashable {
    /// What is wrong, for people.
    let message: String
}

extension JSONValue {
    /// Reads JSON text.
    ///
    /// - Throws: ``JSONTextError`` if it is malformed, deeper than 32, has a name twice in one
    ///   object, or holds a number beyond a double.
    init(text: some Collection<UInt8>) throws(JSONTextError) {
        let value: CBORValue
        do {
            value = try CBORValue(json: text)
        } catch {
            throw JSONTextError(message: "\(error)")
        }
        self = try JSONValue(value)
    }

    /// Reads JSON text; see ``init(text:)``.
    init(text: String) throws(JSONTextError) {
        // By far the most frequent value of metadata and settings.
        if text == "{}" {
            self = .object([:])
        } else {
            try self.init(text: text.utf8)
        }
    }

    private init(_ value: CBORValue) throws(JSONTextError) {
        switch value {
        case .null: self = .null
        case .bool(let value): self = .boolean(value)
        case .text(let value): self = .string(value)
        case .unsigned, .negative:
            if let whole = value.integerValue {
                self = .integer(Int64(whole))
            } else if let number = value.roundedValue {
                self = .number(number)
            } else {
                throw JSONTextError(message: "a number is too large")
            }
        case .float(let value):
            guard value.isFinite else { throw JSONTextError(message: "a number is too large") }
            self = .number(value)
        case .array(let values):
            var elements: [JSONValue] = []
            elements.reserveCapacity(values.count)
            for value in values { elements.append(try JSONValue(value)) }
            self = .array(elements)
        case .map(let pairs):
            var members: [String: JSONValue] = [:]
            for pair in pairs {
                guard case .text(let name) = pair.key else {
                    throw JSONTextError(message: "a name is no text")
                }
                members[name] = try JSONValue(pair.value)
            }
            self = .object(members)
        case .bytes, .tagged:
            throw JSONTextError(message: "a value is none that JSON has")
        }
    }

    /// Compact JSON text, members sorted by name.
    var text: String {
        if case .object(let members) = self, members.isEmpty { return "{}" }
        var text = ""
        self.write(to: &text)
        return text
    }

    private func write(to text: inout String) {
        switch self {
        case .null: text += "null"
        case .boolean(let value): text += value ? "true" : "false"
        case .integer(let value): text += String(value)
        // A number that is not finite never gets past the rules; JSON has none.
        case .number(let value): text += value.isFinite ? "\(value)" : "null"
        case .string(let value): text.appendJSON(value)
        case .array(let values):
            text += "["
            for (index, value) in values.enumerated() {
                if index > 0 { text += "," }
                value.write(to: &text)
            }
            text += "]"
        case .object(let members):
            text += "{"
            for (index, member) in members.sorted(by: { $0.key < $1.key }).enumerated() {
                if index > 0 { text += "," }
                text.appendJSON(member.key)
                text += ":"
                member.value.write(to: &text)
            }
            text += "}"
        }
    }
}

extension CBORValue {
    /// A whole number as the nearest double.
    fileprivate var roundedValue: Double? {
        switch self {
        case .unsigned(let value): Double(value)
        case .negative(let value): -1 - Double(value)
        default: nil
        }
    }
}

extension String {
    /// Appends a JSON string.
    mutating func appendJSON(_ value: String) {
        self += "\""
        var copied = value.utf8.startIndex
        let bytes = value.utf8
        var index = copied
        while index < bytes.endIndex {
            let byte = bytes[index]
            if byte < 0x20 || byte == 0x22 || byte == 0x5C {
                self += value[copied..<index]
                self += Self.escape(byte)
                copied = bytes.index(after: index)
            }
            bytes.formIndex(after: &index)
        }
        self += value[copied...]
        self += "\""
    }

    private static func escape(_ byte: UInt8) -> String {
        switch byte {
        case 0x22: "\\\""
        case 0x5C: "\\\\"
        case 0x0A: "\\n"
        case 0x0D: "\\r"
        case 0x09: "\\t"
        default: "\\u00" + (byte < 0x10 ? "0" : "") + String(byte, radix: 16)
        }
    }
}
