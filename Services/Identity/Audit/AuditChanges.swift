internal import RPC

/// What an event says of changed fields: for each its value before and after.
struct AuditChanges: Sendable, Hashable {
    private var fields: [String: JSONValue] = [:]

    /// `{"field": [before, after]}`; `nil` where nothing changed.
    var value: JSONValue? { self.fields.isEmpty ? nil : .object(self.fields) }

    /// Notes a field, if its values differ.
    mutating func compare(_ field: String, _ before: JSONValue?, _ after: JSONValue?) {
        let (before, after) = (before ?? .null, after ?? .null)
        if before != after { self.fields[field] = .array([before, after]) }
    }

    /// Notes a text, if its values differ.
    mutating func compare(_ field: String, _ before: String?, _ after: String?) {
        self.compare(field, before.map(JSONValue.string), after.map(JSONValue.string))
    }

    /// Notes a list of texts, if its values differ.
    mutating func compare(_ field: String, _ before: [String]?, _ after: [String]?) {
        self.compare(field, before.map(JSONValue.strings), after.map(JSONValue.strings))
    }

    /// Notes, each by itself, the members in which two objects differ.
    mutating func compareMembers(
        _ field: String, _ before: [String: JSONValue], _ after: [String: JSONValue]
    ) {
        for name in Set(before.keys).union(after.keys) {
            self.compare("\(field).\(name)", before[name], after[name])
        }
    }
}

extension JSONValue {
    /// A list of texts.
    static func strings(_ texts: [String]) -> JSONValue { .array(texts.map(JSONValue.string)) }

    /// A number of things.
    static func count(_ number: Int) -> JSONValue { .integer(Int64(number)) }
}
