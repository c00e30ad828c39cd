import RPC

extension TypeDescription {
    /// What an array or a map holds; anything if the service does not say.
    var element: TypeDescription? { self.elements?.last }

    /// The type in one word or a few, as tables and messages show it.
    var words: String {
        switch self.kind {
        case .array: "[\(self.element?.words ?? "any")]"
        case .map: "map of \(self.element?.words ?? "any")"
        case .object: self.name.map(Self.shortened) ?? "object"
        case .enumeration: "enumeration"
        default: self.kind.rawValue
        }
    }

    /// The same with an enumeration's cases, for messages.
    var fullWords: String {
        guard self.kind == .enumeration, let cases = self.cases, !cases.isEmpty else {
            return self.words
        }
        return cases.joined(separator: "|")
    }

    /// What stands for a value in an example of a command line.
    var placeholder: String {
        switch self.kind {
        case .boolean: "true"
        case .integer, .unsigned: "1"
        case .float, .decimal: "1.5"
        case .date: "2026-01-31T12:00:00Z"
        case .uuid: "UUID"
        case .bytes: "@FILE"
        case .enumeration: self.cases?.first ?? "TEXT"
        case .object, .map: "{…}"
        case .array: "[…]"
        default: "TEXT"
        }
    }

    /// The one field of bytes that a file's chunks can go into.
    var onlyBytesField: FieldDescription? {
        guard self.kind == .object, let fields = self.fields else { return nil }
        let bytes = fields.filter { $0.type.kind == .bytes }
        let others = fields.filter { $0.type.kind != .bytes && !$0.isOptional }
        return bytes.count == 1 && others.isEmpty ? bytes[0] : nil
    }

    private static func shortened(_ name: String) -> String {
        // A nested Swift type, as in `SignIn.Reply`, keeps its outer name; a module's name goes.
        name.split(separator: ".").suffix(2).joined(separator: ".")
    }
}

extension MethodDescription {
    /// Whether the access rule speaks of a person, not only of the process that calls.
    var asksForPerson: Bool {
        self.access.contains(AccessRule.signedIn.description)
            || self.access.contains(AccessRule.permission("").description)
    }
}
