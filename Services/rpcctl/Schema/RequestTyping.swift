import RPC
import Wire

/// Gives a request the types that the method's schema asks for.
///
/// Everything is checked here before a byte is sent, so that a mistake is answered with the field's
/// name and type instead of the service's view of it.
struct RequestTyping {
    let files: FileSource

    /// Types a whole request or stream element.
    ///
    /// - Throws: a ``CommandFailure`` with status 65 that names the field.
    func value(_ node: RequestNode, as type: TypeDescription) throws -> CBORValue {
        try self.value(node, as: type, at: RequestPath())
    }

    private func value(
        _ node: RequestNode, as type: TypeDescription, at path: RequestPath
    ) throws -> CBORValue {
        switch type.kind {
        case .object where type.fields != nil:
            return try self.object(node, as: type, at: path)
        case .enumeration where type.fields != nil:
            return try self.choice(node, of: type, at: path)
        case .map, .object:
            return try self.map(node, as: type, at: path)
        case .array:
            return try self.array(node, of: type.element, at: path)
        default:
            return try self.scalar(node, as: type, at: path)
        }
    }

    private func object(
        _ node: RequestNode, as type: TypeDescription, at path: RequestPath
    ) throws -> CBORValue {
        let fields = type.fields ?? []
        let entries = try self.entries(of: node, as: type, at: path)
        for entry in entries where !fields.contains(where: { $0.name == entry.name }) {
            throw self.unknownField(entry.name, among: fields, at: path)
        }
        var pairs: [CBORPair] = []
        var missing: [FieldDescription] = []
        for field in fields {
            let node = entries.first { $0.name == field.name }?.node
            if let node, node != .json(.null) {
                let place = path.appending(key: field.name)
                pairs.append(
                    CBORPair(.text(field.name), try self.value(node, as: field.type, at: place)))
            } else if !field.isOptional {
                missing.append(field)
            }
        }
        guard missing.isEmpty else { throw self.missingFields(missing, at: path) }
        return .map(pairs)
    }

    /// An enumeration with payload: an object with exactly one field, the case's name.
    private func choice(
        _ node: RequestNode, of type: TypeDescription, at path: RequestPath
    ) throws -> CBORValue {
        if case .text(let text) = node { return .text(text) }
        if case .json(.text(let text)) = node { return .text(text) }
        let fields = type.fields ?? []
        let entries = try self.entries(of: node, as: type, at: path)
        guard entries.count == 1, let entry = entries.first else {
            throw CommandFailure.invalidRequest(
                "\(self.subject(path)) takes exactly one of "
                    + "\(fields.map(\.name).joinedWords("or")).")
        }
        guard let field = fields.first(where: { $0.name == entry.name }) else {
            throw self.unknownField(entry.name, among: fields, at: path)
        }
        let place = path.appending(key: field.name)
        let payload = try self.value(entry.node, as: field.type, at: place)
        return .object([(field.name, payload)])
    }

    private func map(
        _ node: RequestNode, as type: TypeDescription, at path: RequestPath
    ) throws -> CBORValue {
        let element = type.element ?? TypeDescription(kind: .any)
        return .map(
            try self.entries(of: node, as: type, at: path).map { entry in
                let place = path.appending(key: entry.name)
                let value = try self.value(entry.node, as: element, at: place)
                return CBORPair(.text(entry.name), value)
            })
    }

    private func array(
        _ node: RequestNode, of type: TypeDescription?, at path: RequestPath
    ) throws -> CBORValue {
        guard let elements = node.elements else {
            throw CommandFailure.invalidRequest(
                "\(self.subject(path)) takes \(type.map { "[\($0.words)]" } ?? "an array").",
                hints: ["\(path)[]=a \(path)[]=b   or   \(path):='[…]'"])
        }
        let anything = TypeDescription(kind: .any)
        return .array(
            try elements.enumerated().map { index, element in
                let place = path.appending(.index(index))
                return try self.value(element, as: type ?? anything, at: place)
            })
    }

    private func scalar(
        _ node: RequestNode, as type: TypeDescription, at path: RequestPath
    ) throws -> CBORValue {
        do {
            switch node {
            case .text(let text):
                return try ScalarTyping.value(fromText: text, as: type)
            case .json(let json):
                return try ScalarTyping.value(fromJSON: json, as: type)
            case .file(let file) where type.kind == .bytes:
                return .bytes(try self.files.read(file))
            case .file(let file):
                let text = try self.files.readText(file)
                let isText = type.kind == .string || type.kind == .any
                return try ScalarTyping.value(
                    fromText: isText ? text : text.trimmingWhitespace(), as: type)
            case .object where type.kind == .any, .array where type.kind == .any:
                return try self.untyped(node, at: path)
            case .object:
                throw ScalarTyping.Mismatch(problem: "has no fields of its own")
            case .array:
                throw ScalarTyping.Mismatch(problem: "is no array")
            }
        } catch let mismatch as ScalarTyping.Mismatch {
            throw CommandFailure.invalidRequest(
                "\(self.subject(path)) (\(type.words)) \(mismatch.problem).", hints: mismatch.hints)
        }
    }

    private func untyped(_ node: RequestNode, at path: RequestPath) throws -> CBORValue {
        let anything = TypeDescription(kind: .any)
        if node.entries != nil { return try self.map(node, as: anything, at: path) }
        return try self.array(node, of: anything, at: path)
    }

    private func entries(
        of node: RequestNode, as type: TypeDescription, at path: RequestPath
    ) throws -> [RequestEntry] {
        if case .file(let file) = node,
            let entries = RequestNode.json(
                try self.files.readJSON(file)
            ).entries
        {
            return entries
        }
        guard let entries = node.entries else {
            let name = "\(path)"
            let field = type.fields?.first?.name ?? "field"
            let example = type.kind == .map ? "[key]=value" : ".\(field)=value"
            throw CommandFailure.invalidRequest(
                "\(self.subject(path)) (\(type.words)) takes an object.",
                hints: name.isEmpty ? [] : ["\(name)\(example)   or   \(name):='{…}'"])
        }
        return entries
    }
}

extension RequestTyping {
    private func subject(_ path: RequestPath) -> String {
        path.components.isEmpty ? "The request" : "“\(path)”"
    }

    private func unknownField(
        _ name: String, among fields: [FieldDescription], at path: RequestPath
    ) -> CommandFailure {
        let names = fields.map(\.name)
        let whole = path.appending(key: name)
        let hint: String =
            if let near = Suggestion.closest(to: name, among: names) {
                "did you mean “\(path.appending(key: near))”?"
            } else if names.isEmpty {
                "it takes no fields at all"
            } else {
                "the fields here are \(names.joinedWords("and"))"
            }
        return .invalidRequest("There is no field “\(whole)”.", hints: [hint])
    }

    private func missingFields(
        _ fields: [FieldDescription], at path: RequestPath
    ) -> CommandFailure {
        let names = fields.map { "“\(path.appending(key: $0.name))” (\($0.type.fullWords))" }
        let example = fields.map { field in
            let separator = [.object, .map, .array].contains(field.type.kind) ? ":=" : "="
            let value = field.type.placeholder
            return "\(path.appending(key: field.name))\(separator)"
                + (value.contains(where: { "{[…".contains($0) }) ? "'\(value)'" : value)
        }
        return .invalidRequest(
            "Missing the required \(fields.count == 1 ? "field" : "fields") "
                + "\(names.joinedWords("and")).",
            hints: [example.joined(separator: " ")])
    }
}
