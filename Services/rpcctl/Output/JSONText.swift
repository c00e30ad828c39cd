import Wire

/// JSON for people: indented, in colour, small arrays on one line.
struct JSONText {
    let style: TextStyle
    /// Arrays of scalars stay on one line up to this width.
    let columnCount: Int
    /// Escapes what could steer a terminal; JSON allows DEL and C1 controls as they are.
    let isForTerminal: Bool

    /// Several lines without a newline at the end.
    func pretty(_ value: CBORValue) -> String {
        self.text(value, indentation: 0, column: 0)
    }

    /// One line.
    func line(_ value: CBORValue) -> String {
        guard self.style.isColored else { return self.safe(value.json(pretty: false)) }
        switch value {
        case .map(let pairs):
            let fields = pairs.map { self.key($0.key) + ":" + self.line($0.value) }
            return "{" + fields.joined(separator: ",") + "}"
        case .array(let items):
            return "[" + items.map(self.line).joined(separator: ",") + "]"
        default:
            return self.scalar(value)
        }
    }

    private func text(_ value: CBORValue, indentation: Int, column: Int) -> String {
        let outer = String(repeating: " ", count: indentation)
        let inner = outer + "  "
        switch value {
        case .map(let pairs) where !pairs.isEmpty:
            let fields = pairs.map { pair in
                let width = indentation + 4 + self.keyText(pair.key).displayWidth
                return inner + self.key(pair.key) + ": "
                    + self.text(pair.value, indentation: indentation + 2, column: width)
            }
            return "{\n" + fields.joined(separator: ",\n") + "\n" + outer + "}"
        case .map:
            return "{}"
        case .array(let items) where !items.isEmpty:
            if items.allSatisfy(\.isScalar) {
                let width = items.reduce(column + 2) { sum, item in
                    sum + item.json(pretty: false).displayWidth + 2
                }
                if width <= min(self.columnCount, 100) {
                    return "[" + items.map(self.scalar).joined(separator: ", ") + "]"
                }
            }
            let elements = items.map {
                inner + self.text($0, indentation: indentation + 2, column: indentation + 2)
            }
            return "[\n" + elements.joined(separator: ",\n") + "\n" + outer + "]"
        case .array:
            return "[]"
        default:
            return self.scalar(value)
        }
    }

    private func scalar(_ value: CBORValue) -> String {
        let text = self.safe(value.json(pretty: false))
        return text.hasPrefix("\"") ? self.style.string(text) : self.style.literal(text)
    }

    private func key(_ key: CBORValue) -> String { self.style.key(self.keyText(key)) }

    private func keyText(_ key: CBORValue) -> String {
        let text = key.textValue ?? key.diagnostic
        return self.safe(CBORValue.text(text).json(pretty: false))
    }

    private func safe(_ json: String) -> String {
        guard self.isForTerminal, json.utf8.contains(where: { $0 >= 0x7F }) else { return json }
        var result = ""
        for scalar in json.unicodeScalars {
            switch scalar.value {
            case 0x7F..<0xA0, 0x200E, 0x200F, 0x2028...0x202E, 0x2066...0x2069:
                result += "\\u" + String(scalar.value, radix: 16).leftPadded(to: 4)
            default:
                result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}

extension CBORValue {
    /// Whether it fits one line of JSON whatever it holds.
    var isScalar: Bool {
        switch self {
        case .array, .map: false
        case .tagged(_, .map): false
        default: true
        }
    }
}

extension String {
    fileprivate func leftPadded(to width: Int) -> String {
        String(repeating: "0", count: max(0, width - self.count)) + self
    }
}
