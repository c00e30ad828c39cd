import RPC
import Wire

import struct FoundationEssentials.Data
import struct FoundationEssentials.UUID

/// Gives one scalar the type that the schema asks for.
enum ScalarTyping {
    /// Why a value does not fit, to follow the field's name and type.
    struct Mismatch: Error, Hashable {
        var problem: String
        var hints: [String] = []
    }

    /// Types characters from the command line.
    static func value(
        fromText text: String, as type: TypeDescription
    ) throws(Mismatch) -> CBORValue {
        switch type.kind {
        case .boolean:
            guard text == "true" || text == "false" else {
                throw self.refusal(of: text, expected: "true or false")
            }
            return .bool(text == "true")
        case .integer, .unsigned:
            guard let number = self.integer(text) else {
                throw self.refusal(of: text, expected: "a whole number")
            }
            if case .negative = number, type.kind == .unsigned {
                throw self.refusal(of: text, expected: "a number from 0")
            }
            return number
        case .float:
            guard let number = Double(text) else {
                throw self.refusal(of: text, expected: "a number")
            }
            return .float(number)
        case .bytes:
            return .bytes(try self.base64(text))
        case .date:
            guard let timestamp = Timestamp(text) else {
                throw self.refusal(
                    of: text, expected: "a time in RFC 3339", hint: TypeDescription.dateExample)
            }
            return timestamp.value
        case .uuid:
            guard let uuid = UUID(uuidString: text) else {
                throw self.refusal(of: text, expected: "a UUID")
            }
            return .tagged(37, .bytes(withUnsafeBytes(of: uuid.uuid) { [UInt8]($0) }))
        case .decimal:
            guard let decimal = DecimalText(text) else {
                throw self.refusal(of: text, expected: "a decimal number")
            }
            return decimal.value
        case .enumeration:
            try self.check(text, among: type.cases)
            return .text(text)
        default:
            return .text(text)
        }
    }

    /// Types a JSON value.
    static func value(
        fromJSON json: CBORValue, as type: TypeDescription
    ) throws(Mismatch) -> CBORValue {
        switch (type.kind, json) {
        case (.boolean, .bool), (.string, .text), (.integer, .unsigned), (.integer, .negative),
            (.unsigned, .unsigned), (.float, .float):
            return json
        case (.float, .unsigned), (.float, .negative):
            guard let number = json.doubleValue else {
                throw self.refusal(
                    of: json.json(pretty: false), expected: "a number that a float can hold")
            }
            return .float(number)
        case (.decimal, .unsigned), (.decimal, .negative), (.decimal, .float):
            return try self.value(fromText: json.json(pretty: false), as: type)
        case (.integer, .float), (.unsigned, .float), (.unsigned, .negative):
            return try self.value(fromText: json.json(pretty: false), as: type)
        case (.bytes, .text(let text)), (.date, .text(let text)), (.uuid, .text(let text)),
            (.decimal, .text(let text)), (.enumeration, .text(let text)):
            return try self.value(fromText: text, as: type)
        case (.boolean, _), (.integer, _), (.unsigned, _), (.float, _), (.decimal, _),
            (.string, _), (.bytes, _), (.date, _), (.uuid, _), (.enumeration, _):
            throw Mismatch(problem: "can't be \(json.jsonKind)")
        default:
            return json
        }
    }

    private static func integer(_ text: String) -> CBORValue? {
        let digits = text.hasPrefix("-") ? text.dropFirst() : text[...]
        guard let first = digits.first, first != "+", let magnitude = UInt64(digits) else {
            return nil
        }
        if !text.hasPrefix("-") { return .unsigned(magnitude) }
        return magnitude == 0 ? .unsigned(0) : .negative(magnitude - 1)
    }

    private static func base64(_ text: String) throws(Mismatch) -> [UInt8] {
        var standard = text.replacing("-", with: "+").replacing("_", with: "/")
        while standard.utf8.count % 4 != 0, standard.utf8.count % 4 != 1 { standard += "=" }
        guard let data = Data(base64Encoded: standard) else {
            throw self.refusal(
                of: text, expected: "base64", hint: "…=@FILE sends a file's bytes as they are")
        }
        return [UInt8](data)
    }

    private static func check(_ text: String, among cases: [String]?) throws(Mismatch) {
        guard let cases, !cases.isEmpty, !cases.contains(text) else { return }
        let near = Suggestion.closest(to: text, among: cases)
        throw self.refusal(
            of: text, expected: "one of \(cases.joinedWords("or"))",
            hint: near.map { "did you mean “\($0)”?" })
    }

    private static func refusal(
        of text: String, expected: String, hint: String? = nil
    ) -> Mismatch {
        let shown = text.count > 40 ? "\(text.prefix(40))…" : text
        return Mismatch(
            problem: "takes \(expected), not “\(shown)”", hints: hint.map { [$0] } ?? [])
    }
}

extension TypeDescription {
    fileprivate static let dateExample = TypeDescription(kind: .date).placeholder
}
